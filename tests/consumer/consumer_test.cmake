# Builds and runs the consumer, and compiles every header, with ocellus installed (HOW=installed), or
# configures it with ocellus as a folder (HOW=folder); to compile all of it again would tell no more.
#   cmake -DHOW=... -DOCELLUS_BUILD=... -DFLAGS=... -DTYPE=... -P consumer_test.cmake
cmake_policy(VERSION 3.24)
set(here ${CMAKE_CURRENT_LIST_DIR})
set(work ${OCELLUS_BUILD}/tests/consumer-${HOW})
file(REMOVE_RECURSE ${work})
file(MAKE_DIRECTORY ${work})

function(run)
  execute_process(COMMAND ${ARGN} WORKING_DIRECTORY ${work} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

set(configure ${CMAKE_COMMAND} -S ${here} -B ${work}/build -DCMAKE_BUILD_TYPE=${TYPE}
  -DCMAKE_CXX_FLAGS=${FLAGS} -DCMAKE_CXX_COMPILER=${COMPILER})
if(HOW STREQUAL "folder")
  run(${configure} -DOCELLUS_SOURCE_FOLDER=${here}/../..)
  return()
endif()
run(${CMAKE_COMMAND} --install ${OCELLUS_BUILD} --prefix ${work}/prefix)
file(GLOB_RECURSE headers RELATIVE ${work}/prefix/include ${work}/prefix/include/*.h)
list(TRANSFORM headers REPLACE ".+" "#include \"\\0\"\n")
file(WRITE ${work}/every_header.cc ${headers})
run(${configure} -DCMAKE_PREFIX_PATH=${work}/prefix -DEVERY_HEADER=${work}/every_header.cc)
run(${CMAKE_COMMAND} --build ${work}/build)
run(${work}/build/consumer)
run(${work}/prefix/bin/ocellus --version)
if(NOT EXISTS ${work}/model.safetensors OR NOT EXISTS ${work}/filters.png)
  message(FATAL_ERROR "the consumer did not write its files")
endif()
