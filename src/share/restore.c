/* In a clone that goes on: branches, tag, work tree and artifacts as the other clone had them. Idempotent: what is there already is compared. */
#include "base/fault.h"
#include "base/fs.h"
#include "base/text.h"
#include "share/share_private.h"

#include <string.h>

#define MAX_ENTRIES 1000

/* What the record says, checked against the plan: nothing else is touched. */
typedef struct {
    const Git *git;
    const char *base, *branch, *tag; /* short names */
    const char *head;                /* the commit the release was cut from */
    const char *tag_id, *branch_id;  /* NULL: they are not */
    bool on_branch, moved;           /* where HEAD was; whether the base had got the release */
    char *target;                    /* the commit that is released; NULL: not made yet */
    char *base_here;
} Places;

static void places_clear(Places *places) {
    g_free(places->target);
    g_free(places->base_here);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Places, places_clear)

static bool conflict(GError **error, const char *what, const char *why) {
    error_set(error, ERROR_CONFLICT, "%s", what);
    error_why(error, "%s", why);
    error_state(error, "nothing was changed");
    return false;
}

static bool local_id(const Git *git, const char *folder, const char *name, char **id, GError **error) {
    g_autofree char *ref = g_strconcat(folder, name, NULL);
    GError *problem = NULL;
    *id = git_ref(git, ref, &problem);
    if (problem != NULL)
        g_propagate_error(error, problem);
    return problem == NULL;
}

static bool is_plain_name(GitName kind, const char *name) {
    return name != NULL && share_is_safe_word(name) && git_name_objection(kind, name) == NULL;
}

bool share_names_are_plain(const Plan *plan, GError **error) {
    const json_t *release = plan->release;
    bool plain = is_plain_name(GIT_NAME_BRANCH, jsonx_string(release, "base")) && is_plain_name(GIT_NAME_BRANCH, jsonx_string(release, "branch")) &&
                 is_plain_name(GIT_NAME_TAG, jsonx_string(release, "tag")) && share_is_id(jsonx_string(plan->world, "head"));
    return plain || error_set(error, ERROR_PLAN_BROKEN, "the plan has no branches and tag that git would take");
}

static bool read_names(const ShareRestore *restore, Places *places, GError **error) {
    const json_t *release = restore->plan->release;
    if (!share_names_are_plain(restore->plan, error))
        return false;
    places->git = restore->git;
    places->base = jsonx_string(release, "base");
    places->branch = jsonx_string(release, "branch");
    places->tag = jsonx_string(release, "tag");
    places->head = jsonx_string(restore->plan->world, "head");
    return local_id(restore->git, "refs/heads/", places->base, &places->base_here, error);
}

/* ---- the candidate, as it was fetched ---- */

/* Borrowed; NULL: the record names none. */
static const char *candidate_of(const ShareRestore *restore) {
    return jsonx_string(restore->record->head, "candidate");
}

static bool find_candidate(const ShareRestore *restore, bool *found, GError **error) {
    const char *id = candidate_of(restore);
    GError *problem = NULL;
    g_autofree char *commit = share_is_id(id) ? git_peel(restore->git, id, "commit", &problem) : NULL;
    *found = commit != NULL && g_str_equal(commit, id);
    if (problem != NULL)
        g_propagate_error(error, problem);
    return problem == NULL;
}

/* The tag object out of its bytes. NULL: they make another one. */
static char *make_tag(const ShareRestore *restore, const char *wanted, GError **error) {
    g_autoptr(GBytes) bytes = git_blob(restore->git, candidate_of(restore), "tag", TAG_LIMIT, error);
    const char *words[] = {"hash-object", "-t", "tag", "-w", "--stdin", NULL};
    gsize length = bytes != NULL ? g_bytes_get_size(bytes) : 0;
    for (gsize cut = 0; cut < 2 && cut < length; cut++) {
        g_autoptr(GBytes) part = g_bytes_new_from_bytes(bytes, 0, length - cut);
        g_autofree char *id = git_call(restore->git, &(GitCall){.words = words, .input = part}, error);
        if (id == NULL || g_str_equal(id, wanted))
            return g_steal_pointer(&id);
    }
    conflict(error, "the tag that came with the release is not the one that was made", "its bytes give another id than the record names");
    return NULL;
}

static bool descends(const Git *git, const char *ancestor, const char *descendant, GError **error) {
    bool yes = false;
    if (!git_is_ancestor(git, ancestor, descendant, &yes, error))
        return false;
    return yes || conflict(error, "the commits of the release do not belong together", "one of them does not descend from what the release was cut from");
}

static bool read_candidate(const ShareRestore *restore, Places *places, GError **error) {
    const json_t *refs = json_object_get(restore->record->head, "refs");
    places->tag_id = jsonx_string(refs, "tag");
    places->branch_id = jsonx_string(refs, "branch");
    places->on_branch = g_strcmp0(jsonx_string(refs, "head"), "branch") == 0;
    bool found = false;
    if (!find_candidate(restore, &found, error))
        return false;
    if (!share_is_id(places->tag_id) || (places->branch_id != NULL && !share_is_id(places->branch_id)) || !found)
        return conflict(error, "the candidate of the release is not on the remote", "refs/slipway/candidates has not what the record names");
    g_autofree char *made = make_tag(restore, places->tag_id, error);
    places->target = made != NULL ? git_peel(restore->git, made, "commit", error) : NULL;
    if (places->target == NULL)
        return false;
    places->moved = g_strcmp0(jsonx_string(refs, "base"), places->target) == 0;
    if (!descends(restore->git, places->head, places->target, error) ||
        !share_content_is_planned(restore->git, restore->plan, places->head, places->target, error) ||
        (places->branch_id != NULL && !share_content_is_planned(restore->git, restore->plan, places->head, places->branch_id, error)))
        return false;
    return places->branch_id == NULL ||
           (descends(restore->git, places->head, places->branch_id, error) && descends(restore->git, places->branch_id, places->target, error));
}

/* ---- may it be done here? ---- */

static bool is_clean(const Git *git, GError **error) {
    if (git_is_at_rest(git, error) && git_is_clean(git, error))
        return true;
    error_state(error, "nothing was changed, here or on the remote");
    return false;
}

static bool check_base(const Places *places, GError **error) {
    if (g_strcmp0(places->base_here, places->head) == 0 || (places->target != NULL && g_strcmp0(places->base_here, places->target) == 0))
        return true;
    error_set(error, ERROR_BEHIND_REMOTE, "%s is not here where the release was cut from", places->base);
    error_why(error, "the release was cut from %.12s, %s is at %.12s here", places->head, places->base,
              places->base_here != NULL ? places->base_here : "nothing");
    error_state(error, "nothing was changed, here or on the remote");
    bool behind = false;
    if (places->base_here != NULL && git_is_ancestor(places->git, places->base_here, places->head, &behind, NULL) && behind)
        error_fix(error, "git switch %s && git merge --ff-only %.12s, then this again", places->base, places->head);
    else
        error_fix(error, "go on in a clone whose %s is at %.12s: git clone is quick", places->base, places->head);
    return false;
}

static bool check_head(const Places *places, GError **error) {
    g_autofree char *branch = NULL, *id = NULL;
    if (!git_head(places->git, &branch, &id, error))
        return false;
    const char *name = branch != NULL && g_str_has_prefix(branch, "refs/heads/") ? branch + strlen("refs/heads/") : "";
    if (g_str_equal(name, places->base) || (places->target != NULL && g_str_equal(name, places->branch)))
        return true;
    error_set(error, ERROR_WRONG_BRANCH, "a release is taken over on %s; this is %s", places->base, *name != '\0' ? name : "a detached HEAD");
    error_why(error, "work tree and branches are made here as they were where it was begun");
    error_state(error, "nothing was changed, here or on the remote");
    error_fix(error, "git switch %s", places->base);
    return false;
}

/* wanted NULL: it must not be here. */
static bool check_ref(const Places *places, const char *folder, const char *name, const char *wanted, GError **error) {
    g_autofree char *id = NULL;
    if (!local_id(places->git, folder, name, &id, error))
        return false;
    if (id == NULL || g_strcmp0(id, wanted) == 0)
        return true;
    error_set(error, ERROR_CONFLICT, "%s%s is here already, and not that of the release", folder, name);
    error_why(error, "it is at %.12s; the release has it at %.12s", id, wanted != NULL ? wanted : "nothing yet");
    error_state(error, "nothing was changed, here or on the remote");
    error_fix(error, "git update-ref -d %s%s, if nobody needs it", folder, name);
    return false;
}

static bool find_places(const ShareRestore *restore, Places *places, GError **error) {
    bool prepared = share_stage_is_done(restore->plan, restore->done, STAGE_PREPARE);
    return read_names(restore, places, error) && (!prepared || read_candidate(restore, places, error));
}

static bool check_here(const Places *places, GError **error) {
    return is_clean(places->git, error) && check_base(places, error) && check_head(places, error) &&
           check_ref(places, "refs/heads/", places->branch, places->branch_id, error) && check_ref(places, "refs/tags/", places->tag, places->tag_id, error);
}

/* Artifacts are needed until they are at the forge. */
static bool check_artifacts(const ShareRestore *restore, GError **error) {
    bool proven = share_stage_is_done(restore->plan, restore->done, STAGE_PROVE);
    if (!proven || share_stage_is_done(restore->plan, restore->done, STAGE_STAGE) ||
        jsonx_bool(json_object_get(restore->record->head, "artifacts"), "carried", false))
        return true;
    g_autofree char *who = text_escape(restore->record->who, -1, false);
    error_set(error, ERROR_CONFLICT, "the artifacts of %s are in the clone of %s alone", restore->record->run->id, who);
    error_why(error, "they are more than %u MiB, which is not carried by refs/slipway, and the forge has not got them yet", SHARE_ARTIFACTS_LIMIT >> 20);
    error_state(error, "nothing was changed, here or on the remote");
    error_fix(error, "in that clone: slipway resume; or there: slipway abort, then here: slipway release %s", restore->record->run->version);
    return false;
}

/* This clone may have made the record itself, and have lost all of slipway's folder since. */
static bool is_own_folder(const Git *git, const char *path) {
    g_autofree char *own = g_strconcat(git->common_dir, "/", NULL);
    return g_str_has_prefix(path, own);
}

/* A directory forge in the other clone is not reached from here. */
static bool check_forge(const ShareRestore *restore, GError **error) {
    for (guint i = 0; i < restore->plan->effects->len; i++) {
        const Effect *effect = g_ptr_array_index(restore->plan->effects, i);
        const json_t *forge = json_object_get(effect->params, "forge");
        bool folder = g_strcmp0(jsonx_string(forge, "kind"), "directory") == 0 && !g_hash_table_contains(restore->done, effect->id);
        g_autofree char *path = folder ? jsonx_get_path(json_object_get(forge, "path")) : NULL;
        g_autofree char *parent = path != NULL ? g_path_get_dirname(path) : NULL;
        if (parent == NULL || fs_exists(path) || is_own_folder(restore->git, path) || (fs_exists(parent) && !g_str_has_suffix(parent, "/.git/slipway")))
            continue;
        g_autofree char *shown = text_escape(path, -1, false);
        g_autofree char *who = text_escape(restore->record->who, -1, false);
        error_set(error, ERROR_CONFLICT, "the release goes to a folder that is not here");
        error_why(error, "the plan names the directory forge %s, where %s works", shown, who);
        error_state(error, "nothing was changed, here or on the remote");
        error_fix(error, "go on there; and set forge.path to a folder that all machines have");
        return false;
    }
    return true;
}

bool share_restore_check(const ShareRestore *restore, GError **error) {
    g_auto(Places) places = {0};
    return check_forge(restore, error) && check_artifacts(restore, error) && find_places(restore, &places, error) && check_here(&places, error);
}

/* ---- making it so ---- */

static bool put_ref(const Git *git, const char *folder, const char *name, const char *id, GError **error) {
    g_autofree char *ref = g_strconcat(folder, name, NULL);
    GError *problem = NULL;
    g_autofree char *here = git_ref(git, ref, &problem);
    if (problem != NULL) {
        g_propagate_error(error, problem);
        return false;
    }
    return id == NULL || here != NULL || git_move_ref(git, ref, NULL, id, "slipway: taken over", error);
}

static bool move_base(const Places *places, GError **error) {
    g_autofree char *ref = g_strconcat("refs/heads/", places->base, NULL);
    return !places->moved || g_str_equal(places->base_here, places->target) ||
           git_move_ref(places->git, ref, places->base_here, places->target, "slipway: taken over", error);
}

/* A clone that has fetched the released base needs no more: the rest of the release finds its branches as they are to be. */
static bool put_tree(const Places *places, GError **error) {
    if (g_strcmp0(places->base_here, places->target) == 0 && g_strcmp0(places->head, places->target) != 0)
        return true;
    if (places->on_branch)
        return git_write(places->git, error, "switch", "--quiet", "--no-guess", places->branch, NULL) && move_base(places, error);
    return !places->moved || git_write(places->git, error, "merge", "--quiet", "--ff-only", places->target, NULL);
}

static bool too_large(GError **error) {
    error_set(error, ERROR_TOO_LARGE, "the artifacts that came with the release are more than %u MiB", SHARE_ARTIFACTS_LIMIT >> 20);
    error_state(error, "not all of them were written; nothing was published");
    return false;
}

/* *left: how many bytes may still come. */
static bool put_artifact(const ShareRestore *restore, const GitTreeEntry *entry, gsize *left, GError **error) {
    const char *name = g_str_has_prefix(entry->path, "artifacts/") ? entry->path + strlen("artifacts/") : NULL;
    bool regular = entry->mode == 0100644 || entry->mode == 0100755;
    if (name == NULL)
        return true;
    if (!regular || *name == '.' || *name == '\0' || strchr(name, '/') != NULL)
        return conflict(error, "an artifact that came with the release is no plain file", "refs/slipway/candidates has something else there");
    GError *problem = NULL;
    g_autoptr(GBytes) bytes = git_blob(restore->git, candidate_of(restore), entry->path, *left, &problem);
    g_autofree char *folder = g_build_filename(restore->work_dir, "artifacts", NULL);
    if (bytes == NULL && problem != NULL)
        g_propagate_error(error, problem);
    if (bytes == NULL)
        return problem != NULL ? false : too_large(error);
    *left -= g_bytes_get_size(bytes);
    return fs_write_beneath(folder, name, bytes, entry->mode == 0100755 ? 0755 : 0644, error);
}

/* Each is held against its digest by the effect that uses it. */
static bool put_artifacts(const ShareRestore *restore, GError **error) {
    bool found = false;
    if (!share_stage_is_done(restore->plan, restore->done, STAGE_PROVE))
        return true;
    if (!find_candidate(restore, &found, error))
        return false;
    if (!found)
        return true;
    g_autofree char *folder = g_build_filename(restore->work_dir, "artifacts", NULL);
    g_autoptr(GPtrArray) entries = git_tree_list(restore->git, candidate_of(restore), error);
    gsize left = SHARE_ARTIFACTS_LIMIT;
    if (entries == NULL || !fs_make_dirs(folder, 0700, error))
        return false;
    if (entries->len > MAX_ENTRIES)
        return too_large(error);
    for (guint i = 0; i < entries->len; i++) {
        if (!put_artifact(restore, g_ptr_array_index(entries, i), &left, error))
            return false;
    }
    return true;
}

bool share_restore(const ShareRestore *restore, GError **error) {
    g_auto(Places) places = {0};
    if (!find_places(restore, &places, error))
        return false;
    if (places.target == NULL)
        return true;
    bool pulled = g_strcmp0(places.base_here, places.target) == 0 && g_strcmp0(places.head, places.target) != 0;
    if (!put_ref(places.git, "refs/tags/", places.tag, places.tag_id, error) ||
        (!pulled && !put_ref(places.git, "refs/heads/", places.branch, places.branch_id, error)))
        return false;
    fault_point("share-refs", restore->record->run->id);
    return put_tree(&places, error) && put_artifacts(restore, error);
}
