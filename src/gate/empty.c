#include "gate/empty.h"

#include "base/text.h"

typedef struct {
    const char *command;
    int exit_status;
    const char *nothing, *something;
} Row;

static const Row rows[] = {
#define GATE_RUNNER(command, exit_status, nothing, something) {command, exit_status, nothing, something},
#include "gate/empty.def"
#undef GATE_RUNNER
};

typedef struct {
    GRegex *command, *nothing, *something;
} Compiled;

static GRegex *compile(const char *pattern) {
    GError *error = NULL;
    GRegex *regex = g_regex_new(pattern, G_REGEX_OPTIMIZE, 0, &error);
    if (regex == NULL)
        g_error("empty.def: %s: %s", pattern, error->message);
    return regex;
}

/* Compiled once; they live as long as the process. */
static const Compiled *compiled(void) {
    static gsize ready = 0;
    static Compiled table[G_N_ELEMENTS(rows)];
    if (g_once_init_enter(&ready)) {
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
            g_autofree char *command = g_strdup_printf("(?:^|[\\s/'\"])(?:%s)(?![\\w-])", rows[i].command);
            table[i] = (Compiled){.command = compile(command), .nothing = compile(rows[i].nothing), .something = compile(rows[i].something)};
        }
        g_once_init_leave(&ready, 1);
    }
    return table;
}

G_STATIC_ASSERT(G_N_ELEMENTS(rows) <= 32);

guint gate_empty_count(void) {
    return G_N_ELEMENTS(rows);
}

guint32 gate_empty_rows(const char *const *words) {
    g_autofree char *joined = g_strjoinv(" ", (char **)words);
    g_autofree char *command = g_utf8_make_valid(joined, -1);
    guint32 found = 0;
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
        found |= g_regex_match(compiled()[i].command, command, 0, NULL) ? 1u << i : 0;
    return found;
}

void gate_empty_line(GateEmpty *empty, const char *line) {
    guint32 open = empty->rows & ~empty->something;
    if (open == 0)
        return;
    g_autofree char *clean = g_strchomp(text_escape(line, -1, false));
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        if ((open & 1u << i) == 0)
            continue;
        if (g_regex_match(compiled()[i].something, clean, 0, NULL))
            empty->something |= 1u << i;
        else if (g_regex_match(compiled()[i].nothing, clean, 0, NULL))
            empty->nothing |= 1u << i;
    }
}

bool gate_empty_is(const GateEmpty *empty) {
    return empty->nothing != 0 && empty->something == 0;
}

bool gate_empty_exit(const GateEmpty *empty, int exit_status) {
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        if ((empty->nothing & 1u << i) != 0 && rows[i].exit_status == exit_status)
            return exit_status != 0 && gate_empty_is(empty);
    }
    return false;
}
