// Installs the throwing handler in every test program before its first test.
#include "tests/support/check_failure.h"

#include <gtest/gtest.h>

#include "ocellus/base/check.h"

namespace ocellus {
namespace {

class ThrowingChecks : public testing::Environment {
 public:
  void SetUp() override {
    SetCheckFailureHandler([](const std::string& message) { throw CheckFailure(message); });
  }
};

const auto* const g_throwing_checks = testing::AddGlobalTestEnvironment(new ThrowingChecks);

}  // namespace
}  // namespace ocellus
