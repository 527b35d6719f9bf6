// The message of the Error that a call throws.
//
//   EXPECT_THAT(ErrorText([&] { ReadNpz(path); }), HasSubstr("expected float32"));
#pragma once

#include <string>

#include "ocellus/base/error.h"

namespace ocellus {

template <typename Function>
std::string ErrorText(Function&& function) {
  try {
    function();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace ocellus
