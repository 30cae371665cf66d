/* Operations of git that stand half done in a work tree, by the marks that git leaves in its folder (wt-status.c, sequencer.c and bisect.c of git). */
#include "git/git.h"

#include "base/fs.h"

#include <string.h>

#define TODO_LIMIT (16u << 20)

typedef struct {
    const char *mark;               /* in the work tree's git folder; or a pseudoref, which another ref format does not keep as a file */
    const char *holds;              /* the first word of the file; NULL: whatever it holds */
    const char *what, *go_on, *end; /* go_on NULL: it has no next step of git's own */
} Row;

/* The outer before the inner: a rebase makes picks and merges. */
static const Row rows[] = {
    {"rebase-apply/applying", NULL, "an am", "git am --continue", "git am --abort"},
    {"rebase-apply", NULL, "a rebase", "git rebase --continue", "git rebase --abort"},
    {"rebase-merge", NULL, "a rebase", "git rebase --continue", "git rebase --abort"},
    {"MERGE_HEAD", NULL, "a merge", "git merge --continue", "git merge --abort"},
    {"CHERRY_PICK_HEAD", NULL, "a cherry-pick", "git cherry-pick --continue", "git cherry-pick --abort"},
    {"REVERT_HEAD", NULL, "a revert", "git revert --continue", "git revert --abort"},
    {"sequencer/todo", "revert", "a revert", "git revert --continue", "git revert --abort"},
    {"sequencer/todo", NULL, "a cherry-pick", "git cherry-pick --continue", "git cherry-pick --abort"},
    {"BISECT_LOG", NULL, "a bisect", NULL, "git bisect reset"},
};

static bool begins_with(const char *path, const char *word) {
    g_autoptr(GBytes) bytes = fs_read(path, TODO_LIMIT, NULL);
    gsize length = strlen(word), there = bytes != NULL ? g_bytes_get_size(bytes) : 0;
    const char *text = there > length ? g_bytes_get_data(bytes, NULL) : NULL;
    return text != NULL && memcmp(text, word, length) == 0 && text[length] == ' ';
}

static bool is_there(const Git *git, const Row *row) {
    g_autofree char *path = g_build_filename(git->git_dir, row->mark, NULL);
    if (fs_exists(path))
        return row->holds == NULL || begins_with(path, row->holds);
    g_autofree char *tables = g_build_filename(git->common_dir, "reftable", NULL);
    if (!g_str_has_suffix(row->mark, "_HEAD") || !fs_exists(tables))
        return false;
    g_autofree char *id = git_ref(git, row->mark, NULL);
    return id != NULL;
}

bool git_is_at_rest(const Git *git, GError **error) {
    guint found = 0;
    while (found < G_N_ELEMENTS(rows) && !is_there(git, &rows[found]))
        found++;
    if (found == G_N_ELEMENTS(rows))
        return true;
    const Row *row = &rows[found];
    error_set(error, ERROR_UNDERWAY, "%s is under way in this work tree", row->what);
    error_why(error, "until it has ended, the branch and the changes that are here are not what will stay");
    if (row->go_on != NULL)
        error_fix(error, "%s, or give it up: %s", row->go_on, row->end);
    else
        error_fix(error, "%s", row->end);
    return false;
}
