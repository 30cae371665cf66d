#include "base/fs.h"
#include "base/text.h"
#include "steps/preflight.h"

#include <sys/stat.h>

#define TEMPORARY_WANTED (64u << 20)
#define SLACK_SECONDS 300 /* so far may two machines' clocks be apart */

/* ---- locks ---- */

static void add_lock(GPtrArray *found, const char *folder, const char *name) {
    g_autofree char *path = g_strdup_printf("%s/%s.lock", folder, name);
    if (fs_exists(path) && !g_ptr_array_find_with_equal_func(found, path, g_str_equal, NULL))
        g_ptr_array_add(found, g_steal_pointer(&path));
}

static GPtrArray *find_locks(const Release *release) {
    static const char *const of_tree[] = {"index", "HEAD"}, *const of_all[] = {"HEAD", "packed-refs", "config", "shallow", "reftable/tables.list"};
    const World *world = release->world;
    GPtrArray *found = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < G_N_ELEMENTS(of_tree); i++)
        add_lock(found, world->git->git_dir, of_tree[i]);
    for (guint i = 0; i < G_N_ELEMENTS(of_all); i++)
        add_lock(found, world->git->common_dir, of_all[i]);
    g_autofree char *base = g_strconcat("refs/heads/", world->base, NULL), *branch = g_strconcat("refs/heads/", release->branch, NULL);
    g_autofree char *tag = g_strconcat("refs/tags/", release->tag, NULL);
    const char *const names[] = {base, branch, tag};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        add_lock(found, world->git->common_dir, names[i]);
    return found;
}

static void say_lock(const Release *release, const char *path, Plan *plan) {
    struct stat info;
    g_autofree char *shown = text_escape(path, -1, false);
    g_autofree char *quoted = g_shell_quote(shown);
    gint64 age = stat(path, &info) == 0 ? MAX(release->world->now - (gint64)info.st_mtim.tv_sec, 0) : 0;
    g_autofree char *since = text_duration((double)age);
    GError *error = NULL;
    error_set(&error, ERROR_GIT_LOCKED, "git is locked: %s is there", shown);
    error_why(&error, "another git is at work, or one that was killed has left it; it is %s old", since);
    error_state(&error, "nothing was changed");
    error_fix(&error, "make sure that no git is running, then: rm %s", quoted);
    plan_problem(plan, error);
}

static void check_locks(const Release *release, Plan *plan) {
    g_autoptr(GPtrArray) found = find_locks(release);
    for (guint i = 0; i < found->len; i++)
        say_lock(release, g_ptr_array_index(found, i), plan);
}

/* ---- temporary files ---- */

static void check_temporary(Plan *plan) {
    const char *place = g_get_tmp_dir();
    GError *error = NULL;
    g_autofree char *folder = fs_make_temp_dir("slipway-try", &error);
    guint64 there = fs_free_bytes(place);
    if (folder != NULL)
        fs_remove_tree(folder, NULL);
    if (folder != NULL && there >= TEMPORARY_WANTED)
        return;
    if (folder != NULL)
        error_set(&error, ERROR_DISK_FULL, "only %" G_GUINT64_FORMAT " MiB are free in %s; %u MiB are wanted for temporary files", there >> 20, place,
                  TEMPORARY_WANTED >> 20);
    error_state(&error, "nothing was changed");
    error_fix(&error, "set TMPDIR to a folder that you may write to and that has room");
    plan_problem(plan, error);
}

/* ---- the clock ---- */

static bool is_behind(const World *world, const char *revision, const char *word, Plan *plan) {
    GError *error = NULL;
    gint64 when = git_time(world->git, revision, &error);
    if (error != NULL) {
        plan_problem(plan, error);
        return true;
    }
    if (when - world->now <= SLACK_SECONDS)
        return false;
    g_autofree char *ahead = text_duration((double)(when - world->now));
    error_set(&error, ERROR_CLOCK, "the clock of this machine is %s before %s", ahead, word);
    error_why(&error, "a release would be older than what it holds");
    error_state(&error, "nothing was changed");
    error_fix(&error, "set the clock; if it is that commit whose date is wrong, add one with the right date: git commit --allow-empty");
    plan_problem(plan, error);
    return true;
}

static void check_clock(const World *world, Plan *plan) {
    if (world->head == NULL || is_behind(world, world->head, "HEAD's commit", plan) || world->previous_tag == NULL)
        return;
    g_autofree char *ref = g_strconcat("refs/tags/", world->previous_tag, NULL);
    is_behind(world, ref, "the previous release", plan);
}

void preflight_machine(const Release *release, Plan *plan) {
    check_locks(release, plan);
    check_temporary(plan);
    check_clock(release->world, plan);
}
