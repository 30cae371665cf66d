/* A fuzz target takes any bytes and aborts when a promise is broken. One file each: with libFuzzer under `make fuzz`, with replay.c over its corpus under
 * `make check`. */
#pragma once

#include <glib.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A promise; said in words where it is broken. abort, because libFuzzer keeps the input for that signal and not for GLib's. */
#define PROMISE(condition)                                                                                                                                     \
    do {                                                                                                                                                       \
        if (!(condition)) {                                                                                                                                    \
            fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #condition);                                                                            \
            abort();                                                                                                                                           \
        }                                                                                                                                                      \
    } while (0)
