/* The checks of docs by themselves, for docs.py: bench-docs todo|links TREE. Lists the tracked files through git, as the gate does. */
#include "docs/links.h"
#include "docs/todo.h"
#include "git/git.h"

#include <stdio.h>
#include <string.h>

static int run_todo(const Git *git, GPtrArray *files) {
    static const char *const words[] = {"TODO", "FIXME", "XXX", NULL};
    g_autoptr(GPtrArray) chosen = g_ptr_array_new();
    for (guint i = 0; i < files->len; i++) {
        if (g_str_has_prefix(g_ptr_array_index(files, i), "docs/"))
            g_ptr_array_add(chosen, g_ptr_array_index(files, i));
    }
    g_auto(DocsTodoResult) result = {0};
    DocsTodo todo = {.root = git->tree, .files = chosen, .words = words, .baseline = ""};
    if (!docs_todo(&todo, &result, NULL))
        return 1;
    printf("%u found\n", result.findings->len);
    return 0;
}

static int run_links(const Git *git, GPtrArray *files) {
    static const char *const none[] = {NULL};
    g_auto(DocsLinksResult) result = {0};
    DocsLinks links = {.root = git->tree, .files = files, .ignore = none};
    if (!docs_links(&links, &result, NULL))
        return 1;
    printf("%u links, %u broken\n", result.links, docs_findings_errors(result.findings));
    return 0;
}

int main(int argc, char **argv) {
    g_autoptr(Git) git = argc == 3 ? git_open(argv[2], NULL) : NULL;
    g_autoptr(GPtrArray) files = git != NULL ? git_files(git, NULL) : NULL;
    if (files == NULL)
        return 2;
    return strcmp(argv[1], "todo") == 0 ? run_todo(git, files) : run_links(git, files);
}
