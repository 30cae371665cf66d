/* A fuzz target takes any bytes and aborts when a promise is broken. One file each: with libFuzzer under `make fuzz`, with replay.c over its corpus under
 * `make check`. */
#pragma once

#include <glib.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A promise; said in words where it is broken. */
#define PROMISE(condition)                                                                                                                                     \
    do {                                                                                                                                                       \
        if (!(condition))                                                                                                                                      \
            g_error("%s:%d: broken: %s", __FILE__, __LINE__, #condition);                                                                                      \
    } while (0)
