// SHA-256 against the figures everyone knows.
// SPDX-License-Identifier: Apache-2.0
#include "core/checksum.hpp"

#include "support/catch.hpp"

using dbmigrate::Checksum;

TEST_CASE("a checksum is SHA-256 in hexadecimal", "[core]") {
  CHECK(Checksum::of("").hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(Checksum::of("abc").hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(Checksum::of("abc").short_form() == "ba7816bf8f01");
}
