# SPDX-License-Identifier: MIT
# Rules to compile for the card's MCU: RV32IMC, freestanding, no library but libgcc.
find_program(S4_RISCV_CXX riscv64-unknown-elf-g++)
if(NOT S4_RISCV_CXX)
  message(FATAL_ERROR "riscv64-unknown-elf-g++ is missing, which the firmware is built with: "
                      "apt-get install gcc-riscv64-unknown-elf (tools/setup does)")
endif()

# -fno-strict-aliasing: descriptors are looked at as bytes that came from elsewhere.
set(S4_RISCV_FLAGS
  -march=rv32imc -mabi=ilp32 -mcmodel=medlow -ffreestanding -O2 -flto -g
  -Wall -Wextra -Werror -ffunction-sections -fdata-sections -fno-strict-aliasing
  -fno-tree-loop-distribute-patterns -ffile-prefix-map=${CMAKE_SOURCE_DIR}=.
  -I${CMAKE_SOURCE_DIR}/firmware -I${CMAKE_SOURCE_DIR}/include)
set(S4_RISCV_CXX_FLAGS
  -std=c++20 -fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-asynchronous-unwind-tables)

# s4_riscv_executable(OUTPUT SOURCES ... RUNTIME ... LINKER_SCRIPT FILE [FLAGS ...])
# RUNTIME: sources of functions that the compiler calls on its own (memcpy), which link-time
# optimisation would drop before it finds that out.
function(s4_riscv_executable output)
  cmake_parse_arguments(ARG "" "LINKER_SCRIPT" "SOURCES;RUNTIME;FLAGS" ${ARGN})
  get_filename_component(name ${output} NAME_WE)
  set(dir ${CMAKE_CURRENT_BINARY_DIR}/${name}.dir)
  get_filename_component(output_dir ${output} DIRECTORY)
  file(MAKE_DIRECTORY ${dir} ${output_dir})
  set(objects)
  foreach(source ${ARG_SOURCES} ${ARG_RUNTIME})
    get_filename_component(path ${source} ABSOLUTE)
    string(REGEX REPLACE "[/.]" "_" flat ${source})
    set(object ${dir}/${flat}.o)
    set(language_flags)
    if(source MATCHES "\\.cpp$")
      set(language_flags ${S4_RISCV_CXX_FLAGS})
    endif()
    if(source IN_LIST ARG_RUNTIME)
      list(APPEND language_flags -fno-lto)
    endif()
    add_custom_command(
      OUTPUT ${object}
      COMMAND ${S4_RISCV_CXX} ${S4_RISCV_FLAGS} ${language_flags} ${ARG_FLAGS} -MD -MF ${object}.d
              -c ${path} -o ${object}
      DEPENDS ${path} ${CMAKE_CURRENT_FUNCTION_LIST_FILE}
      DEPFILE ${object}.d
      COMMENT "Compile ${source} for the MCU"
      VERBATIM)
    list(APPEND objects ${object})
  endforeach()
  get_filename_component(script ${ARG_LINKER_SCRIPT} ABSOLUTE)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${S4_RISCV_CXX} -march=rv32imc -mabi=ilp32 -O2 -flto -ffreestanding -nostdlib -static -Wl,-melf32lriscv
            -Wl,--gc-sections -Wl,--fatal-warnings -Wl,-T,${script} ${objects} -lgcc -o ${output}
    DEPENDS ${objects} ${script}
    COMMENT "Link ${name} for the MCU"
    VERBATIM)
endfunction()
