#include "cli/again.h"

#include "base/fs.h"
#include "base/text.h"
#include "engine/compare.h"
#include "steps/step.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- planning again ---- */

/* A clone that stands elsewhere plans in a linked work tree of the commit, which is gone afterwards. */
typedef struct {
    char *folder, *tree; /* NULL: this clone stands at the commit, and is clean */
} Place;

static bool stands_at(const Git *git, const char *commit) {
    g_autofree char *ref = NULL;
    g_autofree char *id = NULL;
    g_autoptr(GPtrArray) dirt = git_head(git, &ref, &id, NULL) && g_strcmp0(id, commit) == 0 ? git_dirt(git, true, 1, NULL) : NULL;
    return dirt != NULL && dirt->len == 0;
}

static bool place_open(Place *place, const Git *git, const char *commit, GError **error) {
    if (stands_at(git, commit))
        return true;
    g_autofree char *name = g_path_get_basename(git->tree);
    place->folder = fs_make_temp_dir("slipway-again", error);
    place->tree = place->folder != NULL ? g_build_filename(place->folder, name, NULL) : NULL;
    return place->tree != NULL && git_write(git, error, "worktree", "add", "--quiet", "--detach", place->tree, commit, NULL);
}

static void place_close(Place *place, const Git *git) {
    if (place->tree != NULL)
        git_write(git, NULL, "worktree", "remove", "--force", place->tree, NULL);
    if (place->folder != NULL)
        fs_remove_tree(place->folder, NULL);
    g_free(place->tree);
    g_free(place->folder);
}

static Plan *plan_in(const char *tree, const Git *git, const Plan *theirs, GError **error) {
    const json_t *request = json_object_get(theirs->release, "request");
    WorldPast past = {
        .now = theirs->when,
        .top = git->tree,
        .tag = jsonx_string(theirs->release, "tag"),
        .remote_base = jsonx_string(theirs->world, "remote_base"),
        .name = jsonx_string(request, "name"),
        .email = jsonx_string(request, "email"),
    };
    g_autoptr(World) world = world_open(tree, &(WorldOptions){.past = &past}, error);
    return world != NULL ? release_plan_again(world, theirs, error) : NULL;
}

/* What names the linked work tree means this clone's. */
static void move_places(Plan *plan, const Place *place, const Git *git) {
    const SharePlaces there = {.tree = place->tree}, here = {.tree = git->tree};
    for (guint i = 0; place->tree != NULL && i < plan->effects->len; i++) {
        Effect *effect = g_ptr_array_index(plan->effects, i);
        g_autoptr(json_t) open = share_places_out(effect->params, &there);
        json_decref(effect->params);
        effect->params = share_places_in(open, &here);
    }
}

Plan *again_plan(const Session *session, const Plan *theirs, GError **error) {
    Place place = {0};
    const char *commit = jsonx_string(theirs->world, "head");
    bool open = place_open(&place, session->git, commit, error);
    Plan *own = open ? plan_in(place.tree != NULL ? place.tree : session->git->tree, session->git, theirs, error) : NULL;
    if (own != NULL)
        move_places(own, &place, session->git);
    else if (error != NULL && *error != NULL)
        error_state(error, "nothing of it was executed, nothing was changed");
    place_close(&place, session->git);
    return own;
}

/* ---- whose plan is it? ---- */

/* What this clone planned itself, or has accepted before, stands at the beginning of its own journal. */
static bool is_own(const Session *session, const Plan *theirs) {
    g_autoptr(GPtrArray) runs = session->journal != NULL ? journal_runs(session->journal, NULL, 32, NULL) : NULL;
    for (guint i = 0; runs != NULL && i < runs->len; i++) {
        const JournalRun *run = g_ptr_array_index(runs, i);
        g_autoptr(GPtrArray) events = g_strcmp0(run->tag, jsonx_string(theirs->release, "tag")) == 0 ? journal_events(session->journal, run->id, NULL) : NULL;
        const JournalEvent *begun = events != NULL && events->len > 0 ? g_ptr_array_index(events, 0) : NULL;
        if (begun != NULL && g_strcmp0(jsonx_string(json_object_get(begun->data, "plan"), "hash"), theirs->hash) == 0)
            return true;
    }
    return false;
}

/* A gate that a person left out is left out of both plans: here somebody says yes to it again. */
static void add_skips(GPtrArray *differences, const Plan *theirs) {
    const json_t *request = json_object_get(theirs->release, "request");
    g_auto(GStrv) names = jsonx_to_strv(json_object_get(request, "skip"));
    g_auto(GStrv) reasons = jsonx_to_strv(json_object_get(request, "reasons"));
    for (guint i = 0; names[i] != NULL; i++) {
        g_autofree char *id = g_strconcat("skip/", names[i], NULL);
        PlanDifference *difference = plan_difference_new(id);
        const char *reason = i < g_strv_length(reasons) ? reasons[i] : "";
        plan_difference_line(difference, "the gate %s is left out, as who began it wanted: %s", names[i], reason);
        g_ptr_array_add(differences, difference);
    }
}

/* ---- asking ---- */

static void print_difference(const PlanDifference *difference) {
    g_autofree char *id = text_escape(difference->id, -1, false);
    fprintf(stderr, "%s\n", id);
    for (guint i = 0; i < difference->lines->len; i++) {
        g_autofree char *line = text_escape(g_ptr_array_index(difference->lines, i), -1, false);
        fprintf(stderr, "  %s\n", line);
    }
}

static bool typed(const char *id) {
    char answer[512];
    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
        return false;
    g_autofree char *shown = text_escape(id, -1, false);
    fprintf(stderr, "To accept it, type its name (%s): ", shown);
    fflush(stderr);
    return fgets(answer, sizeof answer, stdin) != NULL && g_str_equal(g_strstrip(answer), id);
}

static bool is_difference(const GPtrArray *differences, const char *id) {
    for (guint i = 0; i < differences->len; i++) {
        if (g_str_equal(((const PlanDifference *)g_ptr_array_index(differences, i))->id, id))
            return true;
    }
    return false;
}

static bool check_accepted(const GPtrArray *differences, const char *const *accepted, GError **error) {
    for (guint i = 0; accepted != NULL && accepted[i] != NULL; i++) {
        if (is_difference(differences, accepted[i]))
            continue;
        error_set(error, ERROR_USAGE, "--accept %s names nothing in which the record differs", accepted[i]);
        error_why(error, "what is accepted is named exactly, so that nothing else is");
        error_state(error, "nothing of it was executed, nothing was changed");
        error_fix(error, "name what is shown without --accept");
        return false;
    }
    return true;
}

static bool refuse(const GPtrArray *left, const char *command, GError **error) {
    g_autoptr(GString) list = g_string_new(NULL);
    for (guint i = 0; i < left->len; i++)
        g_string_append_printf(list, "%s%s", i > 0 ? "\n" : "", (const char *)g_ptr_array_index(left, i));
    error_set(error, ERROR_PLAN_STALE, "the record is not what this clone plans from the same commit, configuration, arguments and time");
    error_why(error, "%s", list->str);
    error_state(error, "nothing of it was executed, nothing was changed");
    error_fix(error, "read each above; what you know to be right: slipway %s --accept NAME, once for each; else go on where it was begun", command);
    return false;
}

static bool accept_all(const GPtrArray *differences, const char *command, const char *const *accepted, GError **error) {
    g_autoptr(GPtrArray) left = g_ptr_array_new();
    if (!check_accepted(differences, accepted, error))
        return false;
    if (differences->len > 0)
        fprintf(stderr, "The record has what this clone does not plan by itself:\n");
    for (guint i = 0; i < differences->len; i++) {
        const PlanDifference *difference = g_ptr_array_index(differences, i);
        print_difference(difference);
        if ((accepted == NULL || !g_strv_contains(accepted, difference->id)) && !typed(difference->id))
            g_ptr_array_add(left, difference->id);
    }
    return left->len == 0 || refuse(left, command, error);
}

bool again_check(const Session *session, const Plan *theirs, const char *command, const char *const *accepted, GError **error) {
    if (is_own(session, theirs))
        return true;
    g_autoptr(Plan) own = again_plan(session, theirs, error);
    g_autoptr(GPtrArray) differences = own != NULL ? plan_differences(theirs, own) : NULL;
    if (differences == NULL)
        return false;
    add_skips(differences, theirs);
    return accept_all(differences, command, accepted, error);
}
