// Nobody is told of what happens on a throwaway database, or in what is rolled back.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "executor/observer.hpp"

namespace dbmigrate {

class Silence : public Observer {
 public:
  void on(const Event&) override {}
};

}  // namespace dbmigrate
