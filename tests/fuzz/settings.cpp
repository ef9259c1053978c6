// dbmigrate.yaml.
// SPDX-License-Identifier: Apache-2.0
#include "config/config_file.hpp"
#include "fuzz.hpp"

using namespace dbmigrate;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::Folder folder;
  folder.write("dbmigrate.yaml", fuzz::text_of(data, size));
  fuzz::attempt([] { static_cast<void>(read_config_file(folder.path() / "dbmigrate.yaml")); });
  return 0;
}
