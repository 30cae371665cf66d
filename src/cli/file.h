/* A file that the user named by an option, to be written. */
#pragma once

#include "base/error.h"

/* Whole or not at all. What can be wrong is the name alone, and the error says which option to give another one. */
bool file_write(const char *option, const char *path, GBytes *bytes, GError **error);
