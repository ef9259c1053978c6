# What every target of ours is compiled with.
add_library(dbmigrate_flags INTERFACE)
target_compile_options(dbmigrate_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual -Werror)
# g++ 12 to 14 report these from inside the standard library's own inlined code when it optimises.
target_compile_options(dbmigrate_flags INTERFACE
  $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overflow -Wno-array-bounds
    -Wno-missing-field-initializers>)
if(DBMIGRATE_SANITIZE)
  target_compile_options(dbmigrate_flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  target_link_options(dbmigrate_flags INTERFACE -fsanitize=address,undefined)
endif()
if(DBMIGRATE_FUZZ)
  target_compile_options(dbmigrate_flags INTERFACE -Wno-error -fsanitize=fuzzer-no-link,address,undefined
    -fno-sanitize-recover=undefined -fno-omit-frame-pointer -O1 -g)
  target_link_options(dbmigrate_flags INTERFACE -fsanitize=address,undefined)
endif()
if(DBMIGRATE_SANITIZE_THREAD)
  target_compile_options(dbmigrate_flags INTERFACE -fsanitize=thread)
  target_link_options(dbmigrate_flags INTERFACE -fsanitize=thread)
endif()
