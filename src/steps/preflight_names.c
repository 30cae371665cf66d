#include "base/text.h"
#include "steps/preflight.h"

#include <string.h>

/* The configuration's patterns are judged when they are read; what came into their placeholders is judged here. */
static bool is_name(GitName kind, const char *key, const char *name, Plan *plan) {
    const char *why = git_name_objection(kind, name);
    if (why == NULL)
        return true;
    GError *error = NULL;
    g_autofree char *shown = text_escape(name, -1, false);
    error_set(&error, ERROR_CONFIG, "the %s of this release would be called '%s', which git does not take", kind == GIT_NAME_TAG ? "tag" : "branch", shown);
    error_why(&error, "%s", why);
    error_state(&error, "nothing was changed");
    error_fix(&error, "set %s in slipway.yaml, or choose another version", key);
    plan_problem(plan, error);
    return false;
}

/* A ref is a file, and one below it needs a folder of the same name. */
static bool exclude_each_other(const char *a, const char *b) {
    gsize of_a = strlen(a), of_b = strlen(b);
    const char *longer = of_a > of_b ? a : b;
    return of_a != of_b && strncmp(a, b, MIN(of_a, of_b)) == 0 && longer[MIN(of_a, of_b)] == '/';
}

static void no_room(const char *wanted, const char *there, const char *where, const char *key, Plan *plan) {
    GError *error = NULL;
    g_autofree char *shown = text_escape(there, -1, false);
    error_set(&error, ERROR_BRANCH_EXISTS, "%s cannot be made: %s is there %s", wanted, shown, where);
    error_why(&error, "git keeps only one of two such names: the shorter one would be a file and a folder");
    error_state(&error, "nothing was changed");
    error_fix(&error, "rename that one, or set %s in slipway.yaml", key);
    plan_problem(plan, error);
}

static void check_room(const World *world, const char *wanted, const char *key, char **local, Plan *plan) {
    for (guint i = 0; local != NULL && local[i] != NULL; i++) {
        if (exclude_each_other(wanted, local[i])) {
            no_room(wanted, local[i], "here", key, plan);
            return;
        }
    }
    GHashTableIter iter;
    gpointer ref;
    if (world->remote_refs == NULL || !g_str_has_prefix(wanted, "refs/tags/"))
        return;
    g_hash_table_iter_init(&iter, world->remote_refs);
    while (g_hash_table_iter_next(&iter, &ref, NULL)) {
        if (exclude_each_other(wanted, ref)) {
            no_room(wanted, ref, "on the remote", key, plan);
            return;
        }
    }
}

void preflight_names(const Release *release, Plan *plan) {
    const World *world = release->world;
    bool tag = is_name(GIT_NAME_TAG, "git.tag", release->tag, plan);
    bool branch = is_name(GIT_NAME_BRANCH, "git.branch", release->branch, plan);
    GError *error = NULL;
    g_autofree char *out = git_read(world->git, &error, "for-each-ref", "--format=%(refname)", "refs/heads/", "refs/tags/", NULL);
    g_auto(GStrv) local = out != NULL ? g_strsplit(out, "\n", -1) : NULL;
    if (error != NULL)
        plan_problem(plan, error);
    g_autofree char *tag_ref = g_strconcat("refs/tags/", release->tag, NULL);
    g_autofree char *branch_ref = g_strconcat("refs/heads/", release->branch, NULL);
    if (tag)
        check_room(world, tag_ref, "git.tag", local, plan);
    if (branch)
        check_room(world, branch_ref, "git.branch", local, plan);
}
