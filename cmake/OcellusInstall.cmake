# `cmake --install`: the program, and the libraries with their headers for find_package(ocellus).
include(CMakePackageConfigHelpers)

install(TARGETS ocellus_engine ocellus_view EXPORT ocellusTargets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library)
install(TARGETS ocellus_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/ocellus DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  COMPONENT library FILES_MATCHING PATTERN "*.h" PATTERN "*-inl.h" EXCLUDE
  PATTERN "highway_targets.h" EXCLUDE PATTERN "tools" EXCLUDE)

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/ocellus)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/ocellusConfig.cmake.in
  ${PROJECT_BINARY_DIR}/ocellusConfig.cmake INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/ocellusConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/ocellusConfig.cmake
  ${PROJECT_BINARY_DIR}/ocellusConfigVersion.cmake
  ${CMAKE_CURRENT_LIST_DIR}/OcellusDependencies.cmake
  DESTINATION ${package_folder} COMPONENT library)
install(EXPORT ocellusTargets NAMESPACE ocellus:: DESTINATION ${package_folder}
  COMPONENT library)
