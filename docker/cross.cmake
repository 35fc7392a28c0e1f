# The program for TARGETARCH, as Debian names it, by Debian's cross compiler and that architecture's
# packages (test/packages build ARCH). Changes nothing where that is this machine's own.
execute_process(COMMAND dpkg --print-architecture OUTPUT_VARIABLE here OUTPUT_STRIP_TRAILING_WHITESPACE)
set(processor_amd64 x86_64)
set(processor_arm64 aarch64)
set(arch $ENV{TARGETARCH})
if(arch AND NOT arch STREQUAL here)
  if(NOT processor_${arch})
    message(FATAL_ERROR "TARGETARCH is '${arch}': amd64 and arm64 are right")
  endif()
  set(CMAKE_SYSTEM_NAME Linux)
  set(CMAKE_SYSTEM_PROCESSOR ${processor_${arch}})
  set(CMAKE_CXX_COMPILER ${CMAKE_SYSTEM_PROCESSOR}-linux-gnu-g++)
  set(ENV{PKG_CONFIG_LIBDIR}
      /usr/lib/${CMAKE_SYSTEM_PROCESSOR}-linux-gnu/pkgconfig:/usr/share/pkgconfig)
endif()
