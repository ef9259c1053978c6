// A thread on a stack that we map ourselves: glibc's own would count against the overcommit limit in full.
// SPDX-License-Identifier: Apache-2.0
#include "sql/large_stack.hpp"

#include <fmt/format.h>
#include <pthread.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <string_view>

#include "core/error.hpp"

namespace dbmigrate::sql {
namespace {

constexpr std::size_t kSmallest = std::size_t{16} << 20U;
constexpr std::size_t kGuard = std::size_t{1} << 16U;  // a multiple of every page size in use

[[noreturn]] void refuse(std::string_view what, int error) {
  throw Error({
      .code = ErrorCode::out_of_resources,
      .message = "cannot start the thread that parses SQL",
      .detail = fmt::format("{}: {}.", what, std::strerror(error)),
      .hint = "Raise the limits on memory and threads of this process (ulimit -v, ulimit -u).",
  });
}

/// Unused pages cost nothing; a guard below the stack turns an overflow into a fault instead of a stray write.
class Stack {
 public:
  explicit Stack(std::size_t wanted) {
    for (size_ = std::max(wanted, kSmallest); size_ >= kSmallest; size_ /= 2) {
      size_ = (size_ + kGuard - 1) / kGuard * kGuard;
      base_ = mmap(nullptr, size_ + kGuard, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
      if (base_ != MAP_FAILED) break;
    }
    if (base_ == MAP_FAILED) refuse("mmap", errno);
    mprotect(base_, kGuard, PROT_NONE);
  }
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;
  ~Stack() { munmap(base_, size_ + kGuard); }

  [[nodiscard]] void* lowest() const { return static_cast<char*>(base_) + kGuard; }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  void* base_ = MAP_FAILED;
  std::size_t size_ = 0;
};

struct Job {
  const std::function<void(std::size_t)>& work;
  std::size_t stack;
  std::exception_ptr failure;
};

void* run(void* argument) {
  auto& job = *static_cast<Job*>(argument);
  try {
    job.work(job.stack);
  } catch (...) {
    job.failure = std::current_exception();
  }
  return nullptr;
}

}  // namespace

void on_large_stack(std::size_t bytes, const std::function<void(std::size_t)>& work) {
  const Stack stack(bytes);
  Job job{work, stack.size(), nullptr};
  pthread_attr_t attributes;
  if (const int error = pthread_attr_init(&attributes); error != 0) refuse("pthread_attr_init", error);
  pthread_t thread{};
  int error = pthread_attr_setstack(&attributes, stack.lowest(), stack.size());
  if (error == 0) error = pthread_create(&thread, &attributes, run, &job);
  pthread_attr_destroy(&attributes);
  if (error != 0) refuse("pthread_create", error);
  pthread_join(thread, nullptr);
  if (job.failure) std::rethrow_exception(job.failure);
}

}  // namespace dbmigrate::sql
