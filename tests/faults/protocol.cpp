// Framing and names of messages.
// SPDX-License-Identifier: Apache-2.0
#include "faults/protocol.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <stdexcept>
#include <utility>

namespace dbmigrate::faults {
namespace {

using Name = std::pair<char, std::string_view>;

constexpr std::array kFrontendNames{Name{kStartup, "StartupMessage"},
                                    Name{kCancelRequest, "CancelRequest"},
                                    Name{kSslRequest, "SSLRequest"},
                                    Name{kGssRequest, "GSSENCRequest"},
                                    Name{'Q', "Query"},
                                    Name{'P', "Parse"},
                                    Name{'B', "Bind"},
                                    Name{'E', "Execute"},
                                    Name{'D', "Describe"},
                                    Name{'C', "Close"},
                                    Name{'S', "Sync"},
                                    Name{'H', "Flush"},
                                    Name{'X', "Terminate"},
                                    Name{'p', "PasswordMessage"},
                                    Name{'d', "CopyData"},
                                    Name{'c', "CopyDone"},
                                    Name{'f', "CopyFail"},
                                    Name{'F', "FunctionCall"}};

constexpr std::array kBackendNames{Name{'R', "Authentication"},
                                   Name{'S', "ParameterStatus"},
                                   Name{'K', "BackendKeyData"},
                                   Name{'Z', "ReadyForQuery"},
                                   Name{'T', "RowDescription"},
                                   Name{'D', "DataRow"},
                                   Name{'C', "CommandComplete"},
                                   Name{'E', "ErrorResponse"},
                                   Name{'N', "NoticeResponse"},
                                   Name{'1', "ParseComplete"},
                                   Name{'2', "BindComplete"},
                                   Name{'3', "CloseComplete"},
                                   Name{'n', "NoData"},
                                   Name{'t', "ParameterDescription"},
                                   Name{'I', "EmptyQueryResponse"},
                                   Name{'G', "CopyInResponse"},
                                   Name{'H', "CopyOutResponse"},
                                   Name{'A', "NotificationResponse"},
                                   Name{'s', "PortalSuspended"},
                                   Name{'v', "NegotiateProtocolVersion"},
                                   Name{'d', "CopyData"},
                                   Name{'c', "CopyDone"}};

template <std::size_t Size>
std::string name_in(const std::array<Name, Size>& names, char type) {
  const auto found = std::find_if(names.begin(), names.end(), [type](const Name& name) { return name.first == type; });
  return found != names.end() ? std::string(found->second) : fmt::format("type '{}'", type);
}

std::uint32_t number_at(std::string_view bytes, std::size_t at) {
  std::uint32_t number = 0;
  for (std::size_t i = at; i < at + 4; ++i) number = number << 8U | static_cast<unsigned char>(bytes[i]);
  return number;
}

char kind_of(std::uint32_t code) {
  switch (code) {
    case 80877102:
      return kCancelRequest;
    case 80877103:
      return kSslRequest;
    case 80877104:
      return kGssRequest;
    default:
      return kStartup;
  }
}

/// Up to the zero byte, on one line, not too long.
std::string excerpt(std::string_view text) {
  constexpr std::size_t kLength = 60;
  text = text.substr(0, text.find('\0'));
  std::string line;
  for (const char c : text.substr(0, kLength)) line += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  return text.size() > kLength ? line + "…" : line;
}

/// `42P07 relation "a" already exists` from the fields of an ErrorResponse.
std::string error_text(std::string_view fields) {
  std::string code;
  std::string message;
  while (!fields.empty() && fields.front() != '\0') {
    const auto end = std::min(fields.find('\0'), fields.size());
    if (fields.front() == 'C') code = fields.substr(1, end - 1);
    if (fields.front() == 'M') message = excerpt(fields.substr(1, end - 1));
    fields.remove_prefix(std::min(end + 1, fields.size()));
  }
  return code + " " + message;
}

}  // namespace

std::string Message::text() const {
  const bool front = side == Side::frontend;
  std::string text = (front ? "F " : "B ") + (front ? name_in(kFrontendNames, type) : name_in(kBackendNames, type));
  if (type == kStartup) return text + " " + startup_parameter("application_name");
  if (bytes.size() <= 5) return text;
  const std::string_view body = std::string_view(bytes).substr(5);
  if (front && type == 'Q') return text + " " + excerpt(body);
  if (front && type == 'P') return text + " " + excerpt(body.substr(std::min(body.find('\0') + 1, body.size())));
  if (!front && type == 'C') return text + " " + excerpt(body);
  if (!front && type == 'S') return text + " " + excerpt(body);
  if (!front && (type == 'E' || type == 'N')) return text + " " + error_text(body);
  return text;
}

std::string Message::startup_parameter(std::string_view name) const {
  if (type != kStartup) return "";
  std::string_view rest = std::string_view(bytes).substr(8);
  while (!rest.empty() && rest.front() != '\0') {
    const auto key = rest.substr(0, rest.find('\0'));
    rest.remove_prefix(std::min(key.size() + 1, rest.size()));
    const auto value = rest.substr(0, rest.find('\0'));
    rest.remove_prefix(std::min(value.size() + 1, rest.size()));
    if (key == name) return std::string(value);
  }
  return "";
}

std::optional<Message> MessageReader::next() {
  const std::string_view waiting = std::string_view(buffer_).substr(done_);
  const std::size_t header = untyped_ ? 8 : 5;
  if (waiting.size() < header) return std::nullopt;
  const auto length = number_at(waiting, untyped_ ? 0 : 1);
  if (length < (untyped_ ? 8U : 4U) || length > 1U << 30U) throw std::runtime_error("not PostgreSQL's protocol");
  const std::size_t size = length + (untyped_ ? 0U : 1U);
  if (waiting.size() < size) return std::nullopt;

  const char type = untyped_ ? kind_of(number_at(waiting, 4)) : waiting.front();
  Message message{.side = side_, .type = type, .bytes = std::string(waiting.substr(0, size))};
  if (type == kStartup) untyped_ = false;
  done_ += size;
  if (done_ == buffer_.size()) {
    buffer_.clear();
    done_ = 0;
  }
  return message;
}

}  // namespace dbmigrate::faults
