/* Finding releases on GitHub. */
#include "forge/github.h"

#include <string.h>

/* ---- from JSON ---- */

void forge_github_release_free(ForgeGithubRelease *release) {
    if (release == NULL)
        return;
    forge_release_free(release->release);
    g_free(release->body);
    g_free(release->uploads);
    g_free(release);
}

ForgeAsset *forge_github_parse_asset(ForgeGithub *github, const char *path, const json_t *json, GError **error) {
    RestShape shape = {.rest = &github->rest, .path = path, .json = json};
    const char *name = NULL, *state = NULL, *digest = NULL, *url = NULL;
    gint64 id = 0, size = 0, downloads = 0;
    if (!rest_int(&shape, "id", &id, error) || !rest_text(&shape, "name", &name, error) || !rest_text(&shape, "state", &state, error) ||
        !rest_int(&shape, "size", &size, error) || !rest_text_or_null(&shape, "digest", &digest, error) ||
        !rest_text(&shape, "browser_download_url", &url, error) || !rest_int(&shape, "download_count", &downloads, error))
        return NULL;
    ForgeAsset *asset = forge_asset_new(name);
    asset->id = g_strdup_printf("%" G_GINT64_FORMAT, id);
    asset->size = (guint64)MAX(size, 0);
    asset->half = strcmp(state, "uploaded") != 0;
    asset->sha256 = digest != NULL && g_str_has_prefix(digest, "sha256:") ? g_ascii_strdown(digest + strlen("sha256:"), -1) : NULL;
    asset->url = g_strdup(url);
    asset->downloads = downloads;
    return asset;
}

static gint by_name(gconstpointer a, gconstpointer b) {
    return strcmp((*(const ForgeAsset *const *)a)->name, (*(const ForgeAsset *const *)b)->name);
}

static bool parse_assets(ForgeGithub *github, const char *path, const json_t *list, ForgeRelease *release, GError **error) {
    for (gsize i = 0; i < json_array_size(list); i++) {
        ForgeAsset *asset = forge_github_parse_asset(github, path, json_array_get(list, i), error);
        if (asset == NULL)
            return false;
        if (release->state == FORGE_DRAFT) /* nobody downloads it from there */
            g_clear_pointer(&asset->url, g_free);
        g_ptr_array_add(release->assets, asset);
    }
    g_ptr_array_sort(release->assets, by_name);
    return true;
}

static void take_notes(ForgeGithubRelease *to, bool draft) {
    g_auto(RestNotes) notes = {0};
    rest_notes_parse(to->body, &notes);
    ForgeRelease *release = to->release;
    release->notes = g_steal_pointer(&notes.notes);
    release->mark = g_steal_pointer(&notes.mark);
    release->state = draft ? FORGE_DRAFT : notes.withdrawn ? FORGE_WITHDRAWN : FORGE_PUBLIC;
    release->prerelease = notes.withdrawn ? notes.was_prerelease : to->flagged;
}

/* "{?name,label}" stands at the end (RFC 6570). */
static char *without_template(const char *address) {
    return g_strndup(address, strcspn(address, "{"));
}

ForgeGithubRelease *forge_github_parse(ForgeGithub *github, const char *path, const json_t *json, GError **error) {
    RestShape shape = {.rest = &github->rest, .path = path, .json = json};
    const char *tag = NULL, *name = NULL, *body = NULL, *url = NULL, *uploads = NULL, *branch = NULL, *published = NULL;
    const json_t *assets = NULL;
    bool draft = false, flagged = false;
    gint64 id = 0;
    if (!rest_int(&shape, "id", &id, error) || !rest_text(&shape, "tag_name", &tag, error) || !rest_text_or_null(&shape, "name", &name, error) ||
        !rest_text_or_null(&shape, "body", &body, error) || !rest_text(&shape, "html_url", &url, error) || !rest_bool(&shape, "draft", &draft, error) ||
        !rest_bool(&shape, "prerelease", &flagged, error) || !rest_text(&shape, "target_commitish", &branch, error) ||
        !rest_text(&shape, "upload_url", &uploads, error) || !rest_text_or_null(&shape, "published_at", &published, error) ||
        !rest_array(&shape, "assets", &assets, error))
        return NULL;
    g_autoptr(ForgeGithubRelease) found = g_new0(ForgeGithubRelease, 1);
    ForgeRelease *release = found->release = forge_release_new();
    found->number = id;
    found->body = g_strdup(body != NULL ? body : "");
    found->uploads = without_template(uploads);
    found->immutable = jsonx_bool(json, "immutable", false);
    found->flagged = flagged;
    release->id = g_strdup_printf("%" G_GINT64_FORMAT, id);
    release->tag = g_strdup(tag);
    release->name = g_strdup(name != NULL ? name : "");
    release->url = g_strdup(url);
    release->branch = g_strdup(branch);
    release->published = draft ? 0 : rest_time(published);
    take_notes(found, draft);
    return parse_assets(github, path, assets, release, error) ? g_steal_pointer(&found) : NULL;
}

/* ---- asking ---- */

char *forge_github_release_path(const ForgeGithub *github, gint64 number) {
    return g_strdup_printf("%s/releases/%" G_GINT64_FORMAT, github->repo, number);
}

bool forge_github_hidden(const ForgeGithub *github, GError **error) {
    error_set(error, ERROR_PERMISSION, "%s shows no repository %s", github->rest.host, github->project);
    error_why(error, "%s",
              github->rest.token.secret != NULL ? "it is not there, or the token may not see it: GitHub does not tell these apart"
                                                : "it is not there, or not public, and there is no token");
    error_fix(error, "correct the remote's address, or give the token access to %s", github->project);
    return false;
}

/* *is NULL without error: 404. */
static bool get_one(ForgeGithub *github, const char *path, ForgeGithubRelease **is, GError **error) {
    g_autoptr(json_t) json = NULL;
    *is = NULL;
    if (!rest_get(&github->rest, path, &json, error))
        return false;
    if (json != NULL)
        *is = forge_github_parse(github, path, json, error);
    return json == NULL || *is != NULL;
}

static bool check_tag(const ForgeGithub *github, const char *tag, const ForgeGithubRelease *is, GError **error) {
    if (strcmp(is->release->tag, tag) == 0)
        return true;
    error_set(error, ERROR_CONFLICT, "the release %s of %s has the tag %.200s now", is->release->id, github->project, is->release->tag);
    error_why(error, "this run made it for %s; see %s", tag, is->release->url);
    error_fix(error, "give it back the tag %s, or delete it, then run the same command again", tag);
    return false;
}

/* What GitHub said that it made, and was never shown, is not absent because time went by; nor is what it hides just after a change. */
static bool judge_missing(const ForgeGithubKnown *known, const char *tag, bool waited, GError **error) {
    if (known->changed == 0 || (known->seen && !waited))
        return true;
    error_set(error, ERROR_UNKNOWN_STATE, "the release %s of %s is not seen, though GitHub said that it was made", known->id, tag);
    error_state(error, "it may be there, and be shown later");
    return false;
}

/* By the id that is known. A 404 just after an own change is waited out. */
static bool get_known(ForgeGithub *github, const char *tag, ForgeGithubRelease **is, GError **error) {
    g_auto(ForgeGithubKnown) known = {0};
    bool waited = false;
    *is = NULL;
    forge_github_recall(github, tag, &known);
    if (known.id == NULL)
        return true;
    g_autofree char *path = g_strconcat(github->repo, "/releases/", known.id, NULL);
    if (!get_one(github, path, is, error))
        return false;
    for (gint64 began = known.changed; *is == NULL && began != 0 && rest_wait(&github->rest, &began);) {
        waited = true;
        if (!get_one(github, path, is, error))
            return false;
    }
    if (*is == NULL)
        return judge_missing(&known, tag, waited, error);
    forge_github_saw(github, tag, known.id);
    if ((*is)->release->mark == NULL)
        (*is)->release->mark = g_strdup(known.mark != NULL ? known.mark : github->mark);
    return check_tag(github, tag, *is, error);
}

static bool get_published(ForgeGithub *github, const char *tag, ForgeGithubRelease **is, GError **error) {
    g_autofree char *segment = http_segment(tag);
    g_autofree char *path = g_strconcat(github->repo, "/releases/tags/", segment, NULL);
    return get_one(github, path, is, error) && (*is == NULL || check_tag(github, tag, *is, error));
}

static json_t *all_releases(ForgeGithub *github, char **path, GError **error) {
    g_autoptr(json_t) list = NULL;
    *path = g_strconcat(github->repo, "/releases", NULL);
    if (!rest_list(&github->rest, *path, NULL, &list, error))
        return NULL;
    if (list == NULL)
        forge_github_hidden(github, error);
    return g_steal_pointer(&list);
}

static gint by_number(gconstpointer a, gconstpointer b) {
    gint64 first = (*(const ForgeGithubRelease *const *)a)->number, second = (*(const ForgeGithubRelease *const *)b)->number;
    return (first > second) - (first < second);
}

/* All of a tag, by id: of ForgeGithubRelease*. Drafts are only for tokens that may write. */
static GPtrArray *list_of_tag(ForgeGithub *github, const char *tag, GError **error) {
    g_autofree char *path = NULL;
    g_autoptr(json_t) list = all_releases(github, &path, error);
    g_autoptr(GPtrArray) releases = g_ptr_array_new_with_free_func((GDestroyNotify)forge_github_release_free);
    for (gsize i = 0; list != NULL && i < json_array_size(list); i++) {
        RestShape shape = {.rest = &github->rest, .path = path, .json = json_array_get(list, i)};
        const char *its = NULL;
        if (!rest_text(&shape, "tag_name", &its, error))
            return NULL;
        ForgeGithubRelease *one = strcmp(its, tag) == 0 ? forge_github_parse(github, path, shape.json, error) : NULL;
        if (one == NULL && strcmp(its, tag) == 0)
            return NULL;
        if (one != NULL)
            g_ptr_array_add(releases, one);
    }
    g_ptr_array_sort(releases, by_number);
    return list != NULL ? g_steal_pointer(&releases) : NULL;
}

/* ---- choosing ---- */

void forge_github_found_clear(ForgeGithubFound *found) {
    g_clear_pointer(&found->is, forge_github_release_free);
    g_clear_pointer(&found->others, g_ptr_array_unref);
}

bool forge_github_check_mark(const ForgeGithub *github, const ForgeRelease *release, const char *mark, GError **error) {
    if (g_strcmp0(release->mark, mark) == 0)
        return true;
    error_set(error, ERROR_CONFLICT, "the %s of %s on %s belongs to %s", release->state == FORGE_DRAFT ? "draft" : "release", release->tag, github->project,
              release->mark != NULL ? "another run" : "somebody else");
    error_why(error, "%s (id %s): its mark is %.200s, this run's is %s", release->url, release->id, release->mark != NULL ? release->mark : "missing", mark);
    return false;
}

/* The draft that a person took the mark from is this run's, if its id is known. */
static void adopt(ForgeGithub *github, const char *tag, const char *mark, ForgeGithubRelease *is) {
    g_auto(ForgeGithubKnown) known = {0};
    forge_github_recall(github, tag, &known);
    if (mark != NULL && is->release->mark == NULL && g_strcmp0(known.id, is->release->id) == 0)
        is->release->mark = g_strdup(mark);
}

static bool several(const ForgeGithub *github, const ForgeRelease *ours, const ForgeRelease *other, GError **error) {
    error_set(error, ERROR_CONFLICT, "%s has drafts of %s that are not of one run", github->project, ours->tag);
    error_why(error, "id %s, %s (%s), and id %s, %s (%s)", ours->id, ours->url, ours->mark != NULL ? ours->mark : "without a mark", other->id, other->url,
              other->mark != NULL ? other->mark : "without a mark");
    error_fix(error, "delete the one that nobody needs, then run the same command again");
    return false;
}

/* releases: by id, so that the first one stays where none is known. A published one stands before drafts. */
static bool choose(ForgeGithub *github, GPtrArray *releases, ForgeGithubFound *found, GError **error) {
    guint at = 0;
    bool published = false;
    for (guint i = 0; i < releases->len && found->is == NULL && !published; i++) {
        published = ((ForgeGithubRelease *)releases->pdata[i])->release->state != FORGE_DRAFT;
        at = published ? i : 0;
    }
    if (found->is == NULL && releases->len > 0)
        found->is = g_ptr_array_steal_index(releases, at);
    for (guint i = releases->len; i > 0; i--) {
        const ForgeGithubRelease *other = releases->pdata[i - 1];
        bool same = other->number == found->is->number;
        if (!same && !published && g_strcmp0(other->release->mark, found->is->release->mark) != 0)
            return several(github, found->is->release, other->release, error);
        if (same || published)
            g_ptr_array_remove_index(releases, i - 1);
    }
    found->others = g_ptr_array_ref(releases);
    return true;
}

static bool look_for_it(ForgeGithub *github, const char *tag, const char *mark, ForgeGithubRelease **is, GError **error) {
    if (!get_known(github, tag, is, error))
        return false;
    if (*is == NULL && !get_published(github, tag, is, error))
        return false;
    if (*is != NULL)
        adopt(github, tag, mark, *is);
    return true;
}

bool forge_github_look(ForgeGithub *github, const char *tag, const char *mark, ForgeGithubFound *found, GError **error) {
    *found = (ForgeGithubFound){0};
    if (!look_for_it(github, tag, mark, &found->is, error))
        return false;
    if (found->is == NULL || found->is->release->state == FORGE_DRAFT) {
        g_autoptr(GPtrArray) releases = list_of_tag(github, tag, error);
        if (releases == NULL || !choose(github, releases, found, error))
            return false;
    }
    return found->is == NULL || mark == NULL || forge_github_check_mark(github, found->is->release, mark, error);
}

bool forge_github_look_quick(ForgeGithub *github, const char *tag, const char *mark, ForgeGithubRelease **is, GError **error) {
    g_auto(ForgeGithubFound) found = {0};
    if (!look_for_it(github, tag, mark, &found.is, error))
        return false;
    if (found.is == NULL && !forge_github_look(github, tag, mark, &found, error))
        return false;
    *is = g_steal_pointer(&found.is);
    if (*is == NULL)
        return true;
    if (!forge_github_check_mark(github, (*is)->release, mark, error)) {
        g_clear_pointer(is, forge_github_release_free);
        return false;
    }
    forge_github_know(&github->base, tag, (*is)->release->id);
    return true;
}

bool forge_github_own_draft(ForgeGithub *github, const char *tag, const char *mark, ForgeGithubRelease **is, GError **error) {
    if (!forge_github_look_quick(github, tag, mark, is, error))
        return false;
    const ForgeRelease *release = *is != NULL ? (*is)->release : NULL;
    if (release != NULL && release->state == FORGE_DRAFT)
        return true;
    if (release == NULL)
        error_set(error, ERROR_CONFLICT, "there is no draft %s in %s", tag, github->project);
    else
        error_set(error, ERROR_CONFLICT, "the release %s of %s is no draft: it is %s", tag, github->project, forge_state_name(release->state));
    if (release != NULL)
        error_why(error, "%s%s", release->url, (*is)->immutable ? "; it is immutable" : "");
    g_clear_pointer(is, forge_github_release_free);
    return false;
}

/* ---- what others see ---- */

static bool get_latest(ForgeGithub *github, ForgeGithubRelease **is, GError **error) {
    g_autofree char *path = g_strconcat(github->repo, "/releases/latest", NULL);
    return get_one(github, path, is, error);
}

char *forge_github_latest(Forge *forge, GError **error) {
    g_autoptr(ForgeGithubRelease) is = NULL;
    return get_latest((ForgeGithub *)forge, &is, error) && is != NULL ? g_strdup(is->release->tag) : NULL;
}

/* A tag may be a tag object, even of a tag object. *commit NULL: there is none, or it is no commit. */
static bool commit_of(ForgeGithub *github, const char *tag, char **commit, GError **error) {
    g_auto(GStrv) parts = g_strsplit(tag, "/", -1);
    g_autoptr(GString) ref = g_string_new(github->repo);
    g_string_append(ref, "/git/ref/tags");
    for (guint i = 0; parts[i] != NULL; i++) {
        g_autofree char *segment = http_segment(parts[i]);
        g_string_append_printf(ref, "/%s", segment);
    }
    g_autofree char *path = g_strdup(ref->str);
    *commit = NULL;
    for (guint depth = 0; depth < 5 && path != NULL; depth++) {
        g_autoptr(json_t) json = NULL;
        const char *type = NULL, *sha = NULL;
        const json_t *object = NULL;
        if (!rest_get(&github->rest, path, &json, error))
            return false;
        if (json == NULL)
            return true;
        RestShape shape = {.rest = &github->rest, .path = path, .json = json};
        if (!rest_object(&shape, "object", &object, error))
            return false;
        shape.json = object;
        if (!rest_text(&shape, "type", &type, error) || !rest_text(&shape, "sha", &sha, error))
            return false;
        if (strcmp(type, "commit") == 0)
            *commit = g_strdup(sha);
        g_autofree char *segment = http_segment(sha);
        g_free(path);
        path = strcmp(type, "tag") == 0 ? g_strdup_printf("%s/git/tags/%s", github->repo, segment) : NULL;
    }
    return true;
}

ForgeRelease *forge_github_find(Forge *forge, const char *tag, GError **error) {
    ForgeGithub *github = (ForgeGithub *)forge;
    g_auto(ForgeGithubFound) found = {0};
    g_autoptr(ForgeGithubRelease) latest = NULL;
    if (!forge_github_look(github, tag, NULL, &found, error) || found.is == NULL)
        return NULL;
    ForgeRelease *release = found.is->release;
    forge_github_know(forge, tag, release->id);
    if (release->state != FORGE_DRAFT && (!commit_of(github, tag, &release->target, error) || !get_latest(github, &latest, error)))
        return NULL;
    release->latest = latest != NULL && latest->number == found.is->number;
    return g_steal_pointer(&found.is->release);
}

static gint newest_first(gconstpointer a, gconstpointer b) {
    const ForgeRelease *first = *(const ForgeRelease *const *)a, *second = *(const ForgeRelease *const *)b;
    return (first->published < second->published) - (first->published > second->published);
}

GPtrArray *forge_github_list(Forge *forge, GError **error) {
    ForgeGithub *github = (ForgeGithub *)forge;
    g_autofree char *path = NULL;
    g_autoptr(json_t) list = all_releases(github, &path, error);
    g_autoptr(ForgeGithubRelease) latest = NULL;
    g_autoptr(GPtrArray) releases = g_ptr_array_new_with_free_func((GDestroyNotify)forge_release_free);
    if (list == NULL || !get_latest(github, &latest, error))
        return NULL;
    for (gsize i = 0; i < json_array_size(list); i++) {
        g_autoptr(ForgeGithubRelease) one = forge_github_parse(github, path, json_array_get(list, i), error);
        if (one == NULL)
            return NULL;
        one->release->latest = latest != NULL && latest->number == one->number;
        if (one->release->state != FORGE_DRAFT)
            g_ptr_array_add(releases, g_steal_pointer(&one->release));
    }
    g_ptr_array_sort(releases, newest_first);
    return g_steal_pointer(&releases);
}
