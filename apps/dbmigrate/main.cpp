// Hands the command line to cli and returns its exit code; nothing else.
// SPDX-License-Identifier: Apache-2.0
#include "cli/program.hpp"

int main(int argc, char** argv) { return dbmigrate::run_program(argc, argv); }
