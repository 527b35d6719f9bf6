# ocellus_warnings: an interface target with the warnings that our own code compiles without.
add_library(ocellus_warnings INTERFACE)
target_compile_options(ocellus_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor
  -Woverloaded-virtual
  # Designated initialisers leave out what keeps its default; that is what they are for.
  -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False alarms inside std::string concatenation in GCC 12 (GCC bug 105651).
  target_compile_options(ocellus_warnings INTERFACE -Wno-restrict)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # Since 18, Clang tells of GCC 12's std::stable_sort, which uses what GCC 12 itself calls deprecated
  # (LLVM issue 76515). What our own code uses, GCC tells.
  target_compile_options(ocellus_warnings INTERFACE -Wno-deprecated-declarations)
endif()
if(OCELLUS_WERROR)
  target_compile_options(ocellus_warnings INTERFACE -Werror)
endif()
