# ocellus_warnings: an interface target with the warnings that our own code compiles without.
add_library(ocellus_warnings INTERFACE)
target_compile_options(ocellus_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor
  -Woverloaded-virtual -Wnull-dereference)
if(OCELLUS_WERROR)
  target_compile_options(ocellus_warnings INTERFACE -Werror)
endif()
