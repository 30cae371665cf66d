#include "cli/left.h"

#include "base/text.h"

#include <stdio.h>

#define SHOWN 20

bool left_by(const char *command) {
    static const char *const commands[] = {"release", "gates", "build", NULL};
    return g_strv_contains(commands, command);
}

static void print_line(const char *label, const char *text) {
    g_autofree char *clean = text_escape(text, -1, false);
    fprintf(stderr, "  %-9s %s\n", label, clean);
}

void left_print(const Git *git, const GPtrArray *left) {
    if (left == NULL) {
        fputs("note: not looked at, because git could not be asked: which files gates or builds left in the work tree\n", stderr);
        return;
    }
    if (left->len == 0)
        return;
    fputs("note: new in the work tree, and not ignored by git; gates and builds leave such files, and a plan wants a clean tree\n", stderr);
    for (guint i = 0; i < MIN(left->len, SHOWN); i++)
        print_line("", left->pdata[i]);
    if (left->len > SHOWN) {
        fprintf(stderr, "  %-9s and %u more: git status\n", "", left->len - SHOWN);
        return;
    }
    g_autofree char *ignore = git_ignore_command(git, left), *remove = git_remove_command(git, left);
    print_line("ignore", ignore);
    print_line("remove", remove);
}

json_t *left_json(const GPtrArray *left) {
    json_t *names = left != NULL ? json_array() : json_null();
    for (guint i = 0; left != NULL && i < left->len; i++)
        json_array_append_new(names, jsonx_path(left->pdata[i]));
    return names;
}
