#include "cli/findings.h"

#include "base/screen.h"

#include <stdio.h>
#include <string.h>

/* docs.github.com, "Workflow commands": %, CR and LF are escaped; in properties , and : too. */
static char *escaped(const char *text, bool property) {
    GString *out = g_string_new(NULL);
    for (const char *p = text; *p != '\0'; p++) {
        bool special = *p == '%' || *p == '\r' || *p == '\n' || (property && (*p == ':' || *p == ','));
        g_string_append_printf(out, special ? "%%%02X" : "%c", (guchar)*p);
    }
    return g_string_free(out, FALSE);
}

void findings_annotate(const Annotation *annotation) {
    if (g_strcmp0(g_getenv("GITHUB_ACTIONS"), "true") != 0)
        return;
    g_autofree char *path = escaped(annotation->path, true);
    g_autofree char *what = escaped(annotation->what, false);
    printf("%s%s file=%s,line=%u,col=%u,title=slipway %s::%s\n", screen_mark(SCREEN_COMMAND), annotation->warning ? "warning" : "error", path,
           MAX(annotation->line, 1), MAX(annotation->column, 1), annotation->code, what);
}
