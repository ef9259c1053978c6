// A catalog file: what was read is written and read again as the same.
// SPDX-License-Identifier: Apache-2.0
#include "catalog/catalog_file.hpp"
#include "fuzz.hpp"

using namespace dbmigrate;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::attempt([&] {
    const auto file = parse_catalog_file(fuzz::text_of(data, size), "catalog/001_x.yaml");
    const auto text = catalog_file_text(file);
    const auto again = parse_catalog_file(text, "catalog/001_x.yaml");
    fuzz::require(catalog_file_text(again) == text, "a catalog file is written as it is read");
  });
  return 0;
}
