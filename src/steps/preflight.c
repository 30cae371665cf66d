/* All that would stop a release, found before anything is touched and reported at once. */
#include "steps/preflight.h"
#include "base/fs.h"
#include "base/process.h"
#include "base/text.h"
#include "project/carriers.h"
#include "project/places.h"
#include "steps/access.h"
#include "steps/signature.h"
#include "steps/step.h"

#define SPACE_WANTED (200u << 20)
#define DIRT_SHOWN 20
#define UNDECLARED_SHOWN 5

typedef void (*Check)(const Release *release, Plan *plan);

static void note_unversioned(const World *world, Plan *plan) {
    g_autofree char *guess = carriers_guess(world);
    plan_note(plan, "version", "no file of this project carries one, so that the tag alone says it; where one should: version.files in slipway.yaml%s%s",
              guess != NULL ? "; perhaps " : "", guess != NULL ? guess : "");
}

static void check_version(const Release *release, Plan *plan) {
    const World *world = release->world;
    if (world->unversioned)
        note_unversioned(world, plan);
    else if (world->version_problem != NULL)
        plan_problem(plan, g_error_copy(world->version_problem));
    if (world->current == NULL || version_compare(release->version, world->current) >= 0)
        return;
    g_autofree char *current = version_to_string(world->current);
    g_autofree char *wanted = version_to_string(release->version);
    GError *error = NULL;
    error_set(&error, ERROR_BAD_VERSION, "%s is lower than %s, which the project has now", wanted, current);
    error_state(&error, "nothing was changed");
    error_fix(&error, "slipway release patch");
    plan_problem(plan, error);
}

/* What says the version today and that nobody raises. */
static void note_undeclared(const Places *places, Plan *plan) {
    g_autoptr(GString) list = g_string_new(NULL);
    guint count = 0;
    for (guint i = 0; i < places->list->len; i++) {
        const Place *place = g_ptr_array_index(places->list, i);
        if (place->verdict != PLACE_UNDECLARED || count++ >= UNDECLARED_SHOWN)
            continue;
        g_autofree char *path = text_escape(place->path, -1, false);
        g_string_append_printf(list, "%s%s:%u", list->len > 0 ? ", " : "", path, place->line);
    }
    if (count > 0)
        plan_note(plan, "version", "not raised in %s%s, where the present one stands: name it under version.files in slipway.yaml, or under version.ignore",
                  list->str, count > UNDECLARED_SHOWN ? " …" : "");
}

/* Places that contradict the version: what `slipway version check` calls wrong. Files that disagree among themselves are said already. */
static void check_places(const Release *release, Plan *plan) {
    const World *world = release->world;
    g_autoptr(Places) places = world->version_problem == NULL ? places_find(world, NULL) : NULL;
    for (guint i = 0; places != NULL && i < places->list->len; i++) {
        const Place *place = g_ptr_array_index(places->list, i);
        g_autofree char *current = version_to_string(places->version);
        /* what is no higher than the version that is being released is no contradiction: a section that is being prepared, a tag that is stepped over */
        g_autoptr(Version) value = version_parse(place->value, NULL);
        bool passed = place->verdict == PLACE_AHEAD && value != NULL && version_compare(value, release->version) <= 0;
        if (!place_is_wrong(place->verdict) || passed)
            continue;
        g_autofree char *path = text_escape(place->path, -1, false);
        GError *error = NULL;
        error_set(&error, ERROR_VERSIONS_DISAGREE, "%s:%u says %s, the project's version is %s", path, place->line, place->value, current);
        error_why(&error, "%s says so; all places: slipway version check", places->source);
        error_state(&error, "nothing was changed");
        error_fix(&error, "%s", place->fix);
        plan_problem(plan, error);
    }
    if (places != NULL && world->current != NULL && version_compare(release->version, world->current) != 0)
        note_undeclared(places, plan);
    for (guint i = 0; places != NULL && i < places->unread->len; i++)
        plan_note(plan, "version", "not looked at: %s", (const char *)g_ptr_array_index(places->unread, i));
}

/* Is the base nowhere, here or on the remote? Where the remote was not reached, that is not known. */
static bool base_is_nowhere(const World *world) {
    g_autofree char *ref = g_strconcat("refs/heads/", world->base, NULL);
    GError *problem = NULL;
    g_autofree char *here = git_ref(world->git, ref, &problem);
    bool asked = problem == NULL && world->remote_refs != NULL;
    g_clear_error(&problem);
    return asked && here == NULL && world_remote_id(world, ref) == NULL;
}

/* git has a branch checked out in one work tree only: where that is another one, `git switch` is no way out. */
static char *way_to_base(const World *world) {
    g_autofree char *ref = g_strconcat("refs/heads/", world->base, NULL);
    g_autofree char *place = git_read(world->git, NULL, "for-each-ref", "--format=%(worktreepath)", ref, NULL);
    g_autofree char *quoted = place != NULL && *place != '\0' ? g_shell_quote(place) : NULL;
    return quoted != NULL ? g_strdup_printf("cd %s, the work tree that has %s", quoted, world->base) : g_strdup_printf("git switch %s", world->base);
}

static void check_branch(const Release *release, Plan *plan) {
    const World *world = release->world;
    GError *error = NULL;
    if (world->head == NULL)
        error_set(&error, ERROR_REPOSITORY, "there is no commit yet");
    else if (world->branch != NULL && g_str_equal(world->branch, world->base))
        return;
    else if (base_is_nowhere(world))
        error_set(&error, ERROR_CONFIG, "releases are cut from %s, and there is no such branch, neither here nor on %s", world->base, world->remote);
    else if (world->branch == NULL)
        error_set(&error, ERROR_DETACHED_HEAD, "HEAD is detached at %.12s; releases are cut from %s", world->head, world->base);
    else
        error_set(&error, ERROR_WRONG_BRANCH, "the current branch is %s; releases are cut from %s", world->branch, world->base);
    error_state(&error, "nothing was changed");
    if (error_is(error, ERROR_CONFIG))
        error_fix(&error, "name the branch that releases are cut from, git.base in slipway.yaml%s%s", world->branch != NULL ? "; here this is " : "",
                  world->branch != NULL ? world->branch : "");
    g_autofree char *way = world->head != NULL ? way_to_base(world) : g_strdup("git add . && git commit");
    if (!error_is(error, ERROR_CONFIG))
        error_fix(&error, "%s", way);
    plan_problem(plan, error);
}

/* What is half done decides on branch and changes: what would be said of them now (git switch, git stash) would be refused by git, or lose it. */
static void check_tree(const Release *release, Plan *plan) {
    GError *error = NULL;
    bool rests = git_is_at_rest(release->world->git, &error);
    if (rests)
        check_branch(release, plan);
    if (rests && git_is_clean(release->world->git, &error))
        return;
    error_state(&error, "nothing was changed");
    plan_problem(plan, error);
}

static bool is_skipped(const char *entry) {
    return g_ascii_toupper(*entry) == 'S';
}

static bool is_assumed(const char *entry) {
    return g_ascii_islower(*entry);
}

/* " && COMMAND FILE…" of those that are told; more are told the next time. */
static void add_command(GString *text, const char *command, const GPtrArray *hidden, bool (*is_meant)(const char *entry)) {
    guint count = 0;
    for (guint i = 0; i < MIN(hidden->len, DIRT_SHOWN); i++) {
        const char *entry = g_ptr_array_index(hidden, i);
        g_autofree char *path = is_meant(entry) ? g_shell_quote(entry + 2) : NULL;
        if (path != NULL && count++ == 0)
            g_string_append_printf(text, "%s%s", text->len > 0 ? " && " : "", command);
        if (path != NULL)
            g_string_append_printf(text, " %s", path);
    }
}

/* How git looks at them again. g_free. */
static char *show_again(const Git *git, const GPtrArray *hidden) {
    GString *text = g_string_new(NULL);
    g_autofree char *sparse = git_config(git, "core.sparseCheckout", NULL);
    bool any = false;
    for (guint i = 0; i < hidden->len; i++)
        any = any || is_skipped(g_ptr_array_index(hidden, i));
    if (any && sparse != NULL && g_ascii_strcasecmp(sparse, "false") != 0)
        g_string_append(text, "git sparse-checkout disable");
    else
        add_command(text, "git update-index --no-skip-worktree --", hidden, is_skipped);
    add_command(text, "git update-index --no-assume-unchanged --", hidden, is_assumed);
    return g_string_free(text, FALSE);
}

/* git looks for no change of theirs: what is proven and packed here need not be what is committed. */
static void check_hidden(const Release *release, Plan *plan) {
    GError *error = NULL;
    g_autoptr(GPtrArray) hidden = git_hidden(release->world->git, &error);
    if (hidden != NULL && hidden->len == 0)
        return;
    if (hidden != NULL) {
        g_autoptr(GString) list = g_string_new(NULL);
        for (guint i = 0; i < MIN(hidden->len, DIRT_SHOWN); i++) {
            g_autofree char *path = text_escape((const char *)hidden->pdata[i] + 2, -1, false);
            g_string_append_printf(list, "%s%s", i > 0 ? "\n" : "", path);
        }
        error_set(&error, ERROR_TREE_DIRTY, "git was told not to look at %u file%s of the work tree", hidden->len, hidden->len == 1 ? "" : "s");
        error_why(&error, "a release is made of what is committed; these may be missing here or be others (skip-worktree, assume-unchanged):\n%s%s", list->str,
                  hidden->len > DIRT_SHOWN ? "\n…" : "");
        error_state(&error, "nothing was changed");
        g_autofree char *fix = show_again(release->world->git, hidden);
        error_fix(&error, "%s", fix);
    }
    plan_problem(plan, error);
}

static void check_history(const Release *release, Plan *plan) {
    if (!git_is_shallow(release->world->git))
        return;
    GError *error = NULL;
    error_set(&error, ERROR_SHALLOW, "this is a shallow clone: history and tags are missing");
    error_why(&error, "the previous release and the changes since cannot be known");
    error_state(&error, "nothing was changed");
    plan_problem(plan, error);
}

/* Where a ref of this repository is; what cannot be known is a problem of the plan. */
static char *local_ref(const Release *release, const char *ref, Plan *plan) {
    GError *error = NULL;
    char *id = git_ref(release->world->git, ref, &error);
    if (error != NULL)
        plan_problem(plan, error);
    return id;
}

/* The base must contain what the remote's has; it may be ahead. */
static void check_remote_base(const World *world, Plan *plan) {
    g_autofree char *ref = g_strdup_printf("refs/heads/%s", world->base);
    const char *theirs = world_remote_id(world, ref);
    bool contained = false;
    if (theirs == NULL || world->head == NULL)
        return;
    GError *error = NULL;
    g_autofree char *known = git_peel(world->git, theirs, "commit", &error);
    if (known != NULL && git_is_ancestor(world->git, theirs, world->head, &contained, &error) && contained)
        return;
    if (error != NULL) {
        plan_problem(plan, error);
        return;
    }
    error_set(&error, ERROR_BEHIND_REMOTE, "%s of %s has commits that are not here", world->base, world->remote);
    error_why(&error, "there it is at %.12s, here at %.12s", theirs, world->head);
    error_state(&error, "nothing was changed");
    error_fix(&error, "git pull --ff-only %s %s", world->remote, world->base);
    plan_problem(plan, error);
}

static void say_no_remote(const World *world, Plan *plan) {
    GError *error = NULL;
    g_autofree char *names = git_read(world->git, NULL, "remote", NULL);
    g_auto(GStrv) others = g_strsplit(names != NULL ? names : "", "\n", -1);
    g_autofree char *list = g_strjoinv(", ", others);
    g_autofree char *first = others[0] != NULL && *others[0] != '\0' ? text_escape(others[0], -1, false) : NULL;
    error_set(&error, ERROR_NO_REMOTE, "there is no remote %s to release to", world->remote);
    if (first != NULL)
        error_why(&error, "the remotes here: %s", list);
    error_state(&error, "nothing was changed");
    if (first != NULL)
        error_fix(&error, "git: {remote: %s} in slipway.yaml, or: git remote add %s URL", first, world->remote);
    else
        error_fix(&error, "git remote add %s URL", world->remote);
    plan_problem(plan, error);
}

static void check_remote(const Release *release, Plan *plan) {
    const World *world = release->world;
    if (world->remote_url == NULL) {
        say_no_remote(world, plan);
        return;
    }
    if (world->remote_problem != NULL) {
        plan_note(plan, "remote",
                  "not reached. Not known: its branches and tags, whether the tag %s is free there, which versions are burned since it was last asked",
                  release->tag);
        plan_problem(plan, g_error_copy(world->remote_problem));
    } else {
        check_remote_base(world, plan);
    }
    if (world->burned_problem != NULL)
        plan_problem(plan, g_error_copy(world->burned_problem));
}

static void say_tag_is_taken(const Release *release, const char *where, const char *id, Plan *plan) {
    const World *world = release->world;
    GError *error = NULL;
    g_autofree char *peeled = git_peel(world->git, id, "commit", &error);
    if (error != NULL) {
        plan_problem(plan, error);
        return;
    }
    bool same = g_strcmp0(peeled, world->head) == 0;
    error_set(&error, ERROR_TAG_EXISTS, "the tag %s exists already %s", release->tag, where);
    error_why(&error, "it is at %.12s, %s", peeled != NULL ? peeled : id,
              same ? "the commit that would be released" : "another commit than the one that would be released");
    error_state(&error, "nothing was changed");
    g_autoptr(Version) version = version_from_tag(release->tag, world->tag_pattern);
    g_autoptr(Version) next = version != NULL ? version_bump(version, "patch", NULL) : NULL;
    g_autofree char *text = next != NULL ? version_to_string(next) : g_strdup("patch");
    error_fix(&error, "slipway release %s", text);
    plan_problem(plan, error);
}

static void check_tag(const Release *release, Plan *plan) {
    g_autofree char *ref = g_strdup_printf("refs/tags/%s", release->tag);
    g_autofree char *here = local_ref(release, ref, plan);
    const char *there = world_remote_id(release->world, ref);
    if (here != NULL)
        say_tag_is_taken(release, "here", here, plan);
    else if (there != NULL)
        say_tag_is_taken(release, "on the remote", there, plan);
}

static void check_release_branch(const Release *release, Plan *plan) {
    g_autofree char *ref = g_strdup_printf("refs/heads/%s", release->branch);
    g_autofree char *id = local_ref(release, ref, plan);
    if (id == NULL)
        return;
    GError *error = NULL;
    error_set(&error, ERROR_BRANCH_EXISTS, "the branch %s exists already", release->branch);
    error_why(&error, "it is at %.12s; slipway makes this branch itself", id);
    error_state(&error, "nothing was changed");
    error_fix(&error, "git branch -d %s", release->branch);
    plan_problem(plan, error);
}

static void check_identity(const Release *release, Plan *plan) {
    if (release->world->identity_problem != NULL)
        plan_problem(plan, g_error_copy(release->world->identity_problem));
}

static void check_signing(const Release *release, Plan *plan) {
    GError *error = NULL;
    bool known = release->world->identity_problem == NULL; /* else nobody can commit, which is said already */
    if (known && !git_test_signing(release->world->git, &release->world->identity, &error))
        plan_problem(plan, g_steal_pointer(&error));
    if (!release_try_signature(release->world, &error))
        plan_problem(plan, error);
}

static void check_space(const Release *release, Plan *plan) {
    const char *place = release->world->git->common_dir;
    guint64 there = fs_free_bytes(place);
    if (there >= SPACE_WANTED)
        return;
    GError *error = NULL;
    error_set(&error, ERROR_DISK_FULL, "only %" G_GUINT64_FORMAT " MiB are free where the repository is; %u MiB are wanted", there >> 20, SPACE_WANTED >> 20);
    error_why(&error, "%s", place);
    error_state(&error, "nothing was changed");
    error_fix(&error, "free some space there");
    plan_problem(plan, error);
}

/* Only the user's own configuration tells git of programs before the yes: that is said, because it may be why a remote cannot be reached or a file counts as
 * changed. */
static void note_held_back(const Release *release, Plan *plan) {
    const char *tree = release->world->git->tree;
    g_autofree char *held = process_held_back(tree);
    g_autofree char *quoted = g_shell_quote(tree);
    if (held != NULL)
        plan_note(plan, "config",
                  "this repository's own configuration names programs (%s); before your yes they do not run. If they are yours: git config --global --add "
                  "slipway.trusted %s",
                  held, quoted);
}

static const Check checks[] = {check_tree,      check_hidden,         check_history,  check_version, check_places, check_remote,   check_tag,
                               preflight_names, check_release_branch, check_identity, check_signing, check_space,  preflight_push, preflight_machine};

static bool plan_preflight(Release *release, Plan *plan, GError **error) {
    (void)error;
    for (guint i = 0; i < G_N_ELEMENTS(checks) && !release->again; i++)
        checks[i](release, plan);
    release_check_forge(release, plan);
    note_held_back(release, plan);
    return true;
}

const Step step_preflight = {.name = "preflight", .doc = "finds all that stands in the way before anything is touched", .plan = plan_preflight};
