#include "base/clock.h"
#include "base/fs.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/prune.h"

#include <stdio.h>
#include <string.h>

#define MAX_RUNS 100000

static char *keep;
static gboolean dry_run, json;

/* ---- the lock: of every project, so that no release is at work meanwhile ---- */

typedef struct {
    Journal *journal;
    GPtrArray *projects; /* of char*: those that are locked */
} Locks;

static void locks_clear(Locks *locks) {
    for (guint i = 0; locks->projects != NULL && i < locks->projects->len; i++)
        journal_unlock(locks->journal, locks->projects->pdata[i], NULL);
    g_clear_pointer(&locks->projects, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Locks, locks_clear)

static bool lock_all(Locks *locks, Journal *journal, GError **error) {
    g_autoptr(GPtrArray) runs = journal_runs(journal, NULL, MAX_RUNS, error);
    *locks = (Locks){.journal = journal, .projects = g_ptr_array_new_with_free_func(g_free)};
    for (guint i = 0; runs != NULL && i < runs->len; i++) {
        const JournalRun *run = g_ptr_array_index(runs, i);
        if (g_ptr_array_find_with_equal_func(locks->projects, run->project, g_str_equal, NULL))
            continue;
        if (!journal_lock(journal, run->project, "gc", error))
            return false;
        g_ptr_array_add(locks->projects, g_strdup(run->project));
    }
    return runs != NULL;
}

/* ---- telling ---- */

static void print_item(const PruneItem *item) {
    g_autofree char *name = text_escape(item->name, -1, false);
    g_autofree char *date = clock_date(item->last);
    g_autofree char *size = g_format_size(item->bytes);
    int width = 20; /* in bytes */
    if (strlen(name) > 40) {
        memcpy(name + 16, "…", sizeof "…");
        width += (int)strlen("…") - 1;
    }
    printf("%-14s%-6s %-*s %s  %s\n", dry_run ? "would remove" : "removed", item->kind, width, name, date, size);
}

static json_t *item_json(const PruneItem *item) {
    json_t *row = json_pack("{s: s, s: o, s: I, s: I}", "kind", item->kind, "name", jsonx_text(item->name), "bytes", (json_int_t)item->bytes, "last",
                            (json_int_t)item->last);
    if (item->kept != NULL)
        json_object_set_new(row, "why", json_string(item->kept));
    return row;
}

static void tell(const GPtrArray *items) {
    g_autoptr(json_t) removed = json_array();
    g_autoptr(json_t) kept = json_array();
    guint64 bytes = 0;
    for (guint i = 0; i < items->len; i++) {
        const PruneItem *item = g_ptr_array_index(items, i);
        json_array_append_new(item->kept != NULL ? kept : removed, item_json(item));
        bytes += item->kept == NULL ? item->bytes : 0;
        if (item->kept == NULL && !json)
            print_item(item);
    }
    if (json) {
        g_autoptr(json_t) document =
            json_pack("{s: i, s: b, s: O, s: O, s: I}", "schema", 1, "dry_run", (int)dry_run, "removed", removed, "kept", kept, "bytes", (json_int_t)bytes);
        g_autofree char *text = jsonx_pretty(document);
        fputs(text, stdout);
        return;
    }
    g_autofree char *size = g_format_size(bytes);
    printf("%zu %s, %s; %zu kept\n", json_array_size(removed), dry_run ? "would go" : "gone", size, json_array_size(kept));
}

/* ---- the whole ---- */

static bool remove_all(const Git *git, const char *state_dir, const GPtrArray *items, GError **error) {
    for (guint i = 0; i < items->len; i++) {
        const PruneItem *item = g_ptr_array_index(items, i);
        if (item->kept == NULL && !prune_remove(git, state_dir, item, error))
            return false;
    }
    return prune_worktrees(git, state_dir, error);
}

static int run(char **args, GError **error) {
    (void)args;
    gint64 seconds = 0;
    if (!prune_duration(keep != NULL ? keep : "30d", &seconds, error))
        return 0;
    g_autoptr(Git) git = git_open(".", error);
    if (git == NULL)
        return 0;
    g_autofree char *state_dir = g_build_filename(git->common_dir, "slipway", NULL);
    g_autofree char *path = g_build_filename(state_dir, "journal.db", NULL);
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    if (!fs_exists(path)) {
        tell(none);
        return 0;
    }
    g_autoptr(Journal) journal = journal_open(path, !dry_run, error);
    g_auto(Locks) locks = {0};
    if (journal == NULL || (!dry_run && !lock_all(&locks, journal, error)))
        return 0;
    g_autoptr(GPtrArray) items = prune_find(journal, state_dir, clock_now() - seconds, error);
    if (items == NULL || (!dry_run && !remove_all(git, state_dir, items, error)))
        return 0;
    tell(items);
    return 0;
}

static GOptionEntry options[] = {
    {"keep", 0, 0, G_OPTION_ARG_FILENAME, &keep, "how long: 30d (by itself), 12h, 4w", "AGE"},
    {"dry-run", 0, 0, G_OPTION_ARG_NONE, &dry_run, "only say what would go", NULL},
    {"json", 0, 0, G_OPTION_ARG_NONE, &json, "as JSON", NULL},
    G_OPTION_ENTRY_NULL,
};

const Command command_gc = {
    .name = "gc",
    .summary = "remove artifacts, logs, proofs and caches that are old",
    .help = "Removes what slipway keeps of runs that ended longer ago than --keep says: their artifacts, logs and scratch, proofs of gates,\n"
            "caches. What an unfinished run or the last published release needs stays, and so do the journal and the forge.",
    .example = "slipway gc --keep 30d --dry-run",
    .options = options,
    .forms = (const Form[]){{.acts = true, .run = run}, {0}},
};
