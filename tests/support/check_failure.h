// In tests a failed check throws instead of ending the process, so that it can be expected.
//
//   EXPECT_THROW(view.Reshape({3}), CheckFailure);
#pragma once

#include <stdexcept>

namespace ocellus {

class CheckFailure : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

}  // namespace ocellus
