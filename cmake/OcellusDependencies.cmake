# Finds what docs/dependencies.md lists. Everything comes from the system's packages
# (scripts/setup.sh installs them). Installed with the library, whose users need the same.
#
# Visible everywhere, so that a project may take ocellus with add_subdirectory and link it.
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL ON)
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(ZLIB REQUIRED)
find_package(PNG REQUIRED)
find_package(JPEG REQUIRED)
pkg_check_modules(HIGHWAY REQUIRED IMPORTED_TARGET GLOBAL libhwy)
pkg_check_modules(LIBZIP REQUIRED IMPORTED_TARGET GLOBAL libzip)
pkg_check_modules(LIBMD REQUIRED IMPORTED_TARGET GLOBAL libmd)
pkg_check_modules(CAIRO REQUIRED IMPORTED_TARGET GLOBAL cairo cairo-ft fontconfig)
unset(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL)
