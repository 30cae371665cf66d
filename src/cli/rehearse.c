#include "base/fs.h"
#include "cli/command.h"
#include "cli/how.h"
#include "cli/session.h"
#include "steps/step.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static How how;
static gboolean json, events;

/* What of the user's own settings decides how commits are made. */
static const char *const copied[] = {"user.name",  "user.email",      "user.signingKey", "commit.gpgSign", "tag.gpgSign", "tag.forceSignAnnotated",
                                     "gpg.format", "gpg.ssh.program", "gpg.program",     "core.autocrlf",  "core.eol",    "core.fileMode"};

static bool copy_settings(const Git *from, const Git *to, GError **error) {
    for (guint i = 0; i < G_N_ELEMENTS(copied); i++) {
        GError *problem = NULL;
        g_autofree char *value = git_config(from, copied[i], &problem);
        if (problem != NULL) {
            g_propagate_error(error, problem);
            return false;
        }
        if (value != NULL && !git_write(to, error, "config", copied[i], value, NULL))
            return false;
    }
    return true;
}

/* Gates need what is installed beside the sources; it is linked, not copied, and git is told to look away. */
static bool link_environments(const Git *from, const Git *to, GError **error) {
    static const char *const names[] = {".venv", "venv", "node_modules"};
    g_autoptr(GString) excluded = g_string_new(NULL);
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *source = g_build_filename(from->tree, names[i], NULL);
        g_autofree char *target = g_build_filename(to->tree, names[i], NULL);
        if (fs_exists(target) || !g_file_test(source, G_FILE_TEST_IS_DIR) || symlink(source, target) != 0)
            continue;
        g_string_append_printf(excluded, "/%s\n", names[i]);
    }
    g_autofree char *info = g_build_filename(to->common_dir, "info", NULL);
    g_autofree char *path = g_build_filename(info, "exclude", NULL);
    g_autoptr(GBytes) bytes = g_bytes_new(excluded->str, excluded->len);
    return fs_make_dirs(info, 0755, error) && fs_write(path, bytes, 0644, error);
}

/* A bare stand-in for the remote, and a clone of it to work in. */
static Git *make_clone(const World *world, const char *scratch, GError **error) {
    g_autofree char *origin = g_build_filename(scratch, "origin.git", NULL);
    g_autofree char *work = g_build_filename(scratch, "work", NULL);
    if (!git_write(world->git, error, "clone", "--quiet", "--bare", "--no-hardlinks", "--", world->git->tree, origin, NULL))
        return NULL;
    if (!git_write(world->git, error, "clone", "--quiet", "--branch", world->base, "--", origin, work, NULL))
        return NULL;
    g_autoptr(Git) clone = git_open(work, error);
    bool ready = clone != NULL && copy_settings(world->git, clone, error) && link_environments(world->git, clone, error);
    return ready ? g_steal_pointer(&clone) : NULL;
}

/* Over all configuration: what is outside is replaced by stand-ins. */
static json_t *stand_ins(const World *world, const char *scratch) {
    g_autofree char *forge = g_build_filename(scratch, "forge", NULL);
    return json_pack("{s: s, s: s, s: s, s: s, s: s, s: b, s: s}", "project", world->project, "git.remote", "origin", "git.base", world->base, "forge.kind",
                     "directory", "forge.path", forge, "sign-off.required", 0, "journal.share", "off");
}

static int rehearse_in(const char *tree, const json_t *settings, const Wish *wish, GError **error) {
    g_autoptr(World) world = world_open(tree, &(WorldOptions){.remote = true, .settings = settings}, error);
    g_autoptr(Plan) plan = world != NULL ? release_plan(world, wish, &(ReleaseChoice){.draft = false}, error) : NULL;
    if (plan == NULL || !session_check_plan(plan, error))
        return 0;
    g_autoptr(Session) session = session_open(tree, true, error);
    if (session == NULL || !session_lock(session, world->project, "rehearse", error))
        return 0;
    return session_run(session, g_steal_pointer(&plan), (RunOutput){.json = json, .events = events, .bare = true}, error);
}

static int rehearse(const World *world, const char *scratch, const Wish *wish, GError **error) {
    g_autoptr(Git) clone = make_clone(world, scratch, error);
    if (clone == NULL)
        return 0;
    g_autoptr(json_t) settings = stand_ins(world, scratch);
    return rehearse_in(clone->tree, settings, wish, error);
}

static bool clean_up(const char *scratch, GError **failure) {
    g_autoptr(GError) left = NULL;
    if (fs_remove_tree(scratch, &left))
        return true;
    if (*failure == NULL) {
        error_set(failure, ERROR_IO, "the rehearsal went well, but its folder %s is still there", scratch);
        error_why(failure, "%s", left->message);
    }
    error_state(failure, "this was a rehearsal: nothing was changed but that %s is left", scratch);
    error_fix(failure, "rm -r %s", scratch);
    return false;
}

static void conclude(const World *world, const char *version, GError **error) {
    if (*error == NULL && !json && !events)
        printf("rehearsal of %s %s: all went well; nothing of it is left\n", world->project, version);
    if (*error == NULL)
        return;
    error_state(error, "this was a rehearsal: nothing was changed, here or elsewhere");
    error_again(error);
    if (error_exit_status(*error) == 1 || error_exit_status(*error) == 4)
        error_fix(error, "mend it and rehearse again: slipway rehearse %s", version);
}

static int run(char **args, GError **error) {
    Wish wish;
    if (!how_required(&how, args, "rehearse", &wish, error))
        return 0;
    g_autoptr(World) world = world_open(".", &(WorldOptions){.remote = true}, error);
    if (world == NULL || (how.explain && !json && !events && !how_explain(world, &wish, false, error)))
        return 0;
    g_autoptr(Plan) plan = release_plan(world, &wish, &(ReleaseChoice){.draft = false}, error);
    if (plan == NULL || !session_check_plan(plan, error))
        return 0;
    g_autofree char *scratch = fs_make_temp_dir("slipway-rehearsal", error);
    if (scratch == NULL)
        return 0;
    GError *failure = NULL;
    Wish settled = {.how = jsonx_string(plan->release, "version")};
    int status = rehearse(world, scratch, &settled, &failure);
    if (clean_up(scratch, &failure))
        conclude(world, jsonx_string(plan->release, "version"), &failure);
    if (failure != NULL)
        g_propagate_error(error, failure);
    return status == 5 ? 1 : status;
}

static GOptionEntry options[] = {
    HOW_OPTIONS(how),
    {"events", 0, 0, G_OPTION_ARG_NONE, &events, "what happens, as JSON lines on standard output", NULL},
    {"json", 0, 0, G_OPTION_ARG_NONE, &json, "what came of it, as JSON", NULL},
    G_OPTION_ENTRY_NULL,
};

const Command command_rehearse = {
    .name = "rehearse",
    .summary = "the dress rehearsal: a whole release in a scratch clone",
    .help = "Runs the same plan for real in a scratch clone, with stand-ins for everything outside: a bare remote and a directory forge.\n"
            "Gates and builds are the real ones. Reports as a release would, and leaves nothing behind.",
    .example = "slipway rehearse minor",
    .options = options,
    .forms = (const Form[]){{.args = HOW_ARGUMENT, .acts = true, .run = run}, {0}},
    .instead = (const Instead[]){{"yes", "slipway rehearse minor", "a rehearsal does not ask"},
                                 {"dry-run", "slipway plan minor", "only a plan does nothing at all"},
                                 {0}},
    .apart = "json/explain events/explain",
};
