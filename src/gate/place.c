/* Where a test failed, told from the text that its runner printed. */
#include "gate/junit.h"

#include <string.h>

#define PATH_LIMIT 400

/* Frames of what runs the tests, not of what is tested. */
static const char *const foreign[] = {"node_modules/", "site-packages/", "dist-packages/", "node:internal", "/usr/lib/",
                                      "/rustc/",       "/registry/src/", "org/junit/",     "/_pytest/"};

typedef struct {
    char *path;
    guint line;
    bool strong; /* it names the test's own file, or is the runner's last word */
} Place;

static bool is_foreign(const char *path) {
    for (guint i = 0; i < G_N_ELEMENTS(foreign); i++) {
        if (strstr(path, foreign[i]) != NULL)
            return true;
    }
    return g_str_has_prefix(path, "<");
}

static bool is_path_byte(char c) {
    return (guchar)c > ' ' && strchr("()[]{}\"'`,;<>=:|", c) == NULL;
}

/* A name with an ending: "a.py", "src/lib.rs". */
static bool is_file(const char *path) {
    const char *slash = strrchr(path, '/');
    const char *dot = strrchr(slash != NULL ? slash + 1 : path, '.');
    return dot != NULL && g_ascii_isalpha(dot[1]) && strlen(dot) <= 6 && dot != path && dot[-1] != '.';
}

static guint number_at(const char *text) {
    guint64 number = g_ascii_isdigit(*text) ? g_ascii_strtoull(text, NULL, 10) : 0;
    return number > 0 && number < 10000000 ? (guint)number : 0;
}

/* The path that ends where `colon` stands. */
static char *path_before(const char *begin, const char *colon) {
    const char *start = colon;
    while (start > begin && colon - start < PATH_LIMIT && is_path_byte(start[-1]))
        start--;
    return g_strndup(start, (gsize)(colon - start));
}

/* com.example.FooTest and FooTest.java: com/example/FooTest.java. */
static char *by_class(const char *path, const char *suite) {
    const char *dot = strrchr(path, '.');
    const char *name = strrchr(suite, '.');
    gsize stem = dot != NULL ? (gsize)(dot - path) : 0;
    if (name == NULL || strchr(path, '/') != NULL || stem == 0 || strncmp(name + 1, path, stem) != 0 || (name[1 + stem] != '\0' && name[1 + stem] != '$'))
        return NULL;
    g_autofree char *folder = g_strndup(suite, (gsize)(name - suite));
    g_strdelimit(folder, ".", '/');
    return g_strdup_printf("%s/%s", folder, path);
}

static bool take(Place *best, char *path, guint line, bool strong) {
    bool better = !is_foreign(path) && is_file(path) && (best->path == NULL || strong);
    if (!better) {
        g_free(path);
        return false;
    }
    g_free(best->path);
    *best = (Place){.path = path, .line = line, .strong = strong};
    return true;
}

/* "path:12" anywhere in a line; at its very begin, followed by ": ", it is pytest's last word on a failure. */
static void look_for_colons(const char *line, const char *suite, Place *best) {
    for (const char *colon = strchr(line, ':'); colon != NULL; colon = strchr(colon + 1, ':')) {
        guint number = number_at(colon + 1);
        if (number == 0 || colon == line)
            continue;
        char *path = path_before(line, colon);
        gsize length = strlen(path);
        const char *after = colon + 1 + strspn(colon + 1, "0123456789");
        char *of_class = by_class(path, suite);
        bool last_word = length == (gsize)(colon - line) && g_str_has_prefix(after, ": ");
        if (of_class != NULL) {
            g_free(path);
            if (best->strong)
                g_free(of_class);
            else
                take(best, of_class, number, true);
        } else {
            take(best, path, number, last_word);
        }
    }
}

/* Python's own: File "path", line 12. The last frame is where it broke. */
static void look_for_frame(const char *line, Place *best) {
    const char *file = strstr(line, "File \"");
    const char *end = file != NULL ? strstr(file, "\", line ") : NULL;
    guint number = end != NULL ? number_at(end + strlen("\", line ")) : 0;
    if (number > 0 && end - file < PATH_LIMIT)
        take(best, g_strndup(file + strlen("File \""), (gsize)(end - file) - strlen("File \"")), number, true);
}

bool gate_junit_place(const char *text, const char *suite, char **file, guint *line) {
    Place best = {0};
    g_auto(GStrv) lines = g_strsplit(text, "\n", 2000);
    for (guint i = 0; lines[i] != NULL; i++) {
        g_strchomp(lines[i]);
        look_for_colons(lines[i], suite, &best);
        look_for_frame(lines[i], &best);
    }
    if (best.path == NULL)
        return false;
    *file = best.path;
    *line = best.line;
    return true;
}
