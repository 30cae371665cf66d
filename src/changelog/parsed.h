/* Shared by the files of changelog/. */
#pragma once

#include "changelog/changelog.h"
#include "changelog/lines.h"

struct Changelog {
    GBytes *bytes;
    char *path;
    const char *text; /* borrowed from bytes */
    gsize length;
    GArray *lines; /* of Line */
    GPtrArray *sections;
};

const char *changelog_newline(const Changelog *changelog); /* the file's first line end, "\n" without any */
