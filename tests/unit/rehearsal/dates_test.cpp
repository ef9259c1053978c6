// Days and times in names and definitions.
// SPDX-License-Identifier: Apache-2.0
#include "rehearsal/dates.hpp"

#include "support/catch.hpp"

namespace dbmigrate {

TEST_CASE("dates are masked in every spelling, and nothing else is", "[rehearsal]") {
  CHECK(without_dates("t_archived_20251101") == "t_archived_<date>");
  CHECK(without_dates("log_2025_11_01_pkey") == "log_<date>_pkey");
  CHECK(without_dates("log_2025_11") == "log_<date>");
  CHECK(without_dates("FOR VALUES FROM ('2025-11-01') TO ('2025-12-01 00:00:00+00')") ==
        "FOR VALUES FROM ('<date>') TO ('<date>')");
  CHECK(without_dates("'2025-11-01 09:15:30.123456+02:30'::timestamptz") == "'<date>'::timestamptz");
  CHECK(without_dates("'2025-11-01T09:15'") == "'<date>'");
  CHECK(without_dates("b_20251101_0915 c_20251101091530") == "b_<date> c_<date>");
  for (const auto* const text : {"numeric(10,2)", "version 20", "12345678", "20251301", "20251132", "2025-13", "a1b2",
                                 "202511011", "18991231", ""}) {
    CHECK(without_dates(text) == text);
  }
}

TEST_CASE("a day is known by its spellings, as words of their own", "[rehearsal]") {
  const auto spellings = spellings_of_day("2025-11-01");
  const auto is_in = [&](std::string_view text) {
    bool found = false;
    for (const auto& one : spellings) found = found || holds_spelling(text, one);
    return found;
  };
  CHECK(is_in("t_20251101"));
  CHECK(is_in("log_2025_11"));
  CHECK(is_in("'2025-11-01 09:00:00+00'"));
  CHECK(is_in("log_202511"));
  CHECK_FALSE(is_in("log_202512"));
  CHECK_FALSE(is_in("id_1202511010"));
}

}  // namespace dbmigrate
