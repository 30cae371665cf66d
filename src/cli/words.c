#include "cli/words.h"

#include "base/terminal.h"

#include <unistd.h>

#define NARROWEST 40

gsize words_print(FILE *stream, const char *text, gsize column, gsize used) {
    int fd = stream == stdout ? STDOUT_FILENO : STDERR_FILENO;
    gsize width = MAX(terminal_width(fd), NARROWEST), room = isatty(fd) ? width - MIN(column, NARROWEST / 2) : G_MAXSIZE;
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    for (guint i = 0; words[i] != NULL; i++) {
        gsize length = (gsize)g_utf8_strlen(words[i], -1);
        bool first = i == 0 && used == 0, fits = first || used + 1 + length <= room;
        fprintf(stream, "%s%*s%s", first ? "" : fits ? " " : "\n", fits ? 0 : (int)column, "", words[i]);
        used = (first || !fits ? 0 : used + 1) + length;
    }
    return used;
}
