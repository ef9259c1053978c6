// A contract file.
// SPDX-License-Identifier: Apache-2.0
#include "contract/contract_file.hpp"
#include "fuzz.hpp"

using namespace dbmigrate;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  for (const int version : {1, 2}) {
    fuzz::attempt([&] {
      const auto contract = parse_contract_file(text, "attempt.yaml", {"attempt", version});
      fuzz::require(contract.version == version, "a contract has the version of its name");
    });
  }
  static_cast<void>(parse_contract_file_name(text));
  return 0;
}
