// Which revision, which contract, what differs, and the way on.
// SPDX-License-Identifier: Apache-2.0
#include "contract/contract_error.hpp"

#include <fmt/format.h>

#include "contract/contract_file.hpp"

namespace dbmigrate {
namespace {

std::string message_of(const std::vector<RevisionBreach>& broken) {
  const auto& first = broken.front();
  const auto verb = first.direction == Direction::upgrade ? "" : "the downgrade of ";
  if (broken.size() > 1) return fmt::format("{} revisions break contracts", broken.size());
  return fmt::format("{}{} breaks the contract {}", verb, first.id.text(), first.breaches.front().contract->text());
}

std::string hint_of(const RevisionBreach& broken) {
  const auto& contract = *broken.breaches.front().contract;
  if (broken.direction == Direction::downgrade) {
    return "Readers rely on that shape. Mend the downgrade so that it leaves the relation as the contract says, and "
           "accept the new text with `dbmigrate repair`.";
  }
  if (broken.moves) return fmt::format("Make the revision and {} agree.", contract.file);
  const auto next = contract.version + 1;
  return fmt::format(
      "Readers rely on that shape: leave it as it is. If it has to change, write contracts/{}, which needs rfc, "
      "sign_offs, "
      "data_path and notice, and say `contract: {{{}: {}}}` in the descriptor of the revision.",
      contract_file_name(contract.name, next), contract.name, next);
}

}  // namespace

std::string breach_text(const ContractBreach& breach) {
  std::string text = fmt::format("{} freezes {} ({}):", breach.contract->text(), breach.contract->relation.text(),
                                 breach.contract->file);
  for (const auto& line : breach.lines) text += "\n  " + line;
  return text;
}

ErrorInfo contract_broken(const std::vector<RevisionBreach>& broken) {
  const auto& first = broken.front();
  ErrorInfo info{
      .code = ErrorCode::contract_broken, .message = message_of(broken), .detail = {}, .hint = hint_of(first)};
  for (const auto& one : broken) {
    for (const auto& breach : one.breaches) {
      if (!info.detail.empty()) info.detail += "\n";
      if (broken.size() > 1) info.detail += fmt::format("After {}, ", one.id.text());
      info.detail += breach_text(breach);
    }
  }
  if (!first.file.empty()) info.at = Location{.file = first.file};
  return info;
}

}  // namespace dbmigrate
