// SIGINT and SIGTERM, as a fact that waits can look at.
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace dbmigrate {

/// Installs the handlers for SIGINT and SIGTERM, once; a second signal ends the process as if there were none.
void catch_interrupts();

/// 0, SIGINT or SIGTERM: the first that arrived.
int interrupted_by();

/// Becomes readable when a signal arrives and stays so; -1 before catch_interrupts().
int interrupt_descriptor();

/// Throws Error{interrupted} or Error{terminated} when a signal arrived.
void throw_if_interrupted();

/// Forgets the signal that arrived, so that what cleans up is not interrupted itself.
void forget_interrupt();

}  // namespace dbmigrate
