#include "forge/gitea.h"

#include <string.h>

#define PAGE_SIZE 50
#define MOST_MEMBERS 10000

/* ---- ids ---- */

typedef struct {
    char *id;
    char *mark; /* NULL: it is not known, this run's */
} Known;

void gitea_known_free(gpointer data) {
    Known *known = data;
    g_free(known->id);
    g_free(known->mark);
    g_free(known);
}

static void remember(Gitea *gitea, const char *tag, const char *id, const char *mark) {
    Known *known = g_new0(Known, 1);
    known->id = g_strdup(id);
    known->mark = g_strdup(mark);
    g_mutex_lock(&gitea->lock);
    if (id != NULL)
        g_hash_table_insert(gitea->ids, g_strdup(tag), g_steal_pointer(&known));
    else
        g_hash_table_remove(gitea->ids, tag);
    g_mutex_unlock(&gitea->lock);
    if (known != NULL)
        gitea_known_free(known);
}

void gitea_know(Forge *forge, const char *tag, const char *id) {
    remember((Gitea *)forge, tag, id, NULL);
}

void gitea_saw(Gitea *gitea, const char *tag, const ForgeRelease *release) {
    if (release == NULL || release->mark != NULL)
        remember(gitea, tag, release != NULL ? release->id : NULL, release != NULL ? release->mark : NULL);
}

/* *mark: of whom a release of this id is that carries none. g_free both. */
static char *known_id(Gitea *gitea, const char *tag, char **mark) {
    g_mutex_lock(&gitea->lock);
    const Known *known = g_hash_table_lookup(gitea->ids, tag);
    char *id = known != NULL ? g_strdup(known->id) : NULL;
    *mark = known != NULL ? g_strdup(known->mark != NULL ? known->mark : gitea->mark) : NULL;
    g_mutex_unlock(&gitea->lock);
    return id;
}

char *gitea_release_path(const Gitea *gitea, const char *id) {
    return g_strdup_printf("%s/releases/%s", gitea->repo, id);
}

/* ---- lists ---- */

typedef struct {
    json_t *list;
    GHashTable *seen; /* ids */
    gsize read;       /* members that came, those that came twice too */
    bool more;        /* there may be another page */
} Paging;

static void add_member(Paging *paging, json_t *member) {
    gint64 id = jsonx_int(member, "id", -1);
    if (id < 0 || g_hash_table_add(paging->seen, g_memdup2(&id, sizeof id)))
        json_array_append(paging->list, member);
}

/* How many there are in all, as the server says; -1: it does not. */
static gint64 total_of(const HttpAnswer *answer) {
    const char *text = http_header(answer, "x-total-count");
    guint64 count = 0;
    return text != NULL && g_ascii_string_to_unsigned(text, 10, 0, G_MAXINT32, &count, NULL) ? (gint64)count : -1;
}

/* 404, too: what is hidden from a token looks as if it were not there, and an unseen list is no empty one. */
static bool bad_list(const Gitea *gitea, const char *path, long status, const json_t *body, GError **error) {
    if (status != 401 && status != 403 && status != 404)
        return error_set(error, ERROR_ANSWER, "the answer of %s%s is no list (status %ld)", gitea->rest.api, path, status);
    const char *words = jsonx_string(body, "message");
    error_set(error, ERROR_PERMISSION, "%s shows no %.*s%s", gitea->rest.host, (int)strcspn(path, "?"), path,
              status == 404 ? ": it is not there, or this token may not see it" : "");
    error_why(error, "status %ld: %s", status, words != NULL ? words : "without a word");
    return false;
}

/* One page. By their numbers and not by Link, which holds the address that the server believes to have (ROOT_URL). What a later page repeats, because something
 * was added meanwhile, is counted once. */
static bool take_page(Gitea *gitea, const char *path, Paging *paging, GError **error) {
    g_auto(HttpAnswer) answer = {0};
    g_autoptr(json_t) body = NULL;
    if (!rest_ask(&gitea->rest, path, &answer, &body, error))
        return false;
    if (answer.status != 200 || !json_is_array(body))
        return bad_list(gitea, path, answer.status, body, error);
    gint64 total = total_of(&answer);
    gsize size = json_array_size(body), before = json_array_size(paging->list);
    paging->read += size;
    for (gsize i = 0; i < size; i++)
        add_member(paging, json_array_get(body, i));
    paging->more = json_array_size(paging->list) > before && (total < 0 || (gint64)paging->read < total);
    return true;
}

json_t *gitea_list(Gitea *gitea, const char *path, GError **error) {
    g_autoptr(json_t) all = json_array();
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    const char *joint = strchr(path, '?') != NULL ? "&" : "?";
    Paging paging = {.list = all, .seen = seen, .more = true};
    for (guint page = 1; paging.more && paging.read < MOST_MEMBERS; page++) {
        g_autofree char *at = g_strdup_printf("%s%slimit=%d&page=%u", path, joint, PAGE_SIZE, page);
        if (!take_page(gitea, at, &paging, error))
            return NULL;
    }
    if (!paging.more)
        return g_steal_pointer(&all);
    error_set(error, ERROR_TOO_LARGE, "%s%s has more than %d members", gitea->rest.api, path, MOST_MEMBERS);
    return NULL;
}

/* ---- one release ---- */

static gint compare_assets(gconstpointer a, gconstpointer b) {
    const ForgeAsset *one = *(const ForgeAsset *const *)a, *other = *(const ForgeAsset *const *)b;
    int names = strcmp(one->name, other->name);
    guint64 first = g_ascii_strtoull(one->id, NULL, 10), second = g_ascii_strtoull(other->id, NULL, 10);
    return names != 0 ? names : first < second ? -1 : first > second;
}

static ForgeAsset *parse_asset(const Gitea *gitea, const char *path, const json_t *json, bool draft, GError **error) {
    RestShape shape = {.rest = &gitea->rest, .path = path, .json = json};
    const char *name = NULL, *url = NULL;
    gint64 id = 0, size = 0;
    if (!rest_int(&shape, "id", &id, error) || !rest_text(&shape, "name", &name, error) || !rest_int(&shape, "size", &size, error) ||
        !rest_text_or_null(&shape, "browser_download_url", &url, error))
        return NULL;
    ForgeAsset *asset = forge_asset_new(name);
    asset->id = g_strdup_printf("%" G_GINT64_FORMAT, id);
    asset->size = size < 0 ? 0 : (guint64)size;
    asset->downloads = jsonx_int(json, "download_count", -1);
    asset->url = draft ? NULL : g_strdup(url);
    return asset;
}

static bool parse_assets(const Gitea *gitea, const char *path, const json_t *json, ForgeRelease *release, GError **error) {
    RestShape shape = {.rest = &gitea->rest, .path = path, .json = json};
    const json_t *assets = NULL;
    if (!rest_array(&shape, "assets", &assets, error))
        return false;
    for (gsize i = 0; i < json_array_size(assets); i++) {
        ForgeAsset *asset = parse_asset(gitea, path, json_array_get(assets, i), release->state == FORGE_DRAFT, error);
        if (asset == NULL)
            return false;
        g_ptr_array_add(release->assets, asset);
    }
    g_ptr_array_sort(release->assets, compare_assets);
    return true;
}

/* Only `draft` says whether it is one: some versions set published_at for drafts, too. */
static void take_notes(ForgeRelease *release, const char *body, bool draft, bool prerelease) {
    g_auto(RestNotes) notes = {0};
    rest_notes_parse(body != NULL ? body : "", &notes);
    release->mark = g_strdup(notes.mark);
    release->notes = g_strdup(notes.notes != NULL ? notes.notes : "");
    bool withdrawn = notes.mark != NULL && notes.withdrawn && prerelease;
    release->state = draft ? FORGE_DRAFT : withdrawn ? FORGE_WITHDRAWN : FORGE_PUBLIC;
    release->prerelease = withdrawn ? notes.was_prerelease : prerelease;
}

ForgeRelease *gitea_parse_release(const Gitea *gitea, const char *path, const json_t *json, GError **error) {
    RestShape shape = {.rest = &gitea->rest, .path = path, .json = json};
    const char *tag = NULL, *name = NULL, *body = NULL, *branch = NULL, *url = NULL, *when = NULL;
    gint64 id = 0;
    bool draft = false, prerelease = false;
    if (!rest_int(&shape, "id", &id, error) || !rest_text(&shape, "tag_name", &tag, error) || !rest_bool(&shape, "draft", &draft, error) ||
        !rest_bool(&shape, "prerelease", &prerelease, error) || !rest_text_or_null(&shape, "name", &name, error) ||
        !rest_text_or_null(&shape, "body", &body, error) || !rest_text_or_null(&shape, "target_commitish", &branch, error) ||
        !rest_text_or_null(&shape, "html_url", &url, error) || !rest_text_or_null(&shape, "published_at", &when, error))
        return NULL;
    g_autoptr(ForgeRelease) release = forge_release_new();
    release->id = g_strdup_printf("%" G_GINT64_FORMAT, id);
    release->tag = g_strdup(tag);
    release->name = g_strdup(name != NULL ? name : "");
    release->branch = branch != NULL && *branch != '\0' ? g_strdup(branch) : NULL;
    release->url = g_strdup(url);
    take_notes(release, body, draft, prerelease);
    release->published = draft || when == NULL ? 0 : rest_time(when);
    return parse_assets(gitea, path, json, release, error) ? g_steal_pointer(&release) : NULL;
}

static bool get_release(Gitea *gitea, const char *path, ForgeRelease **release, GError **error) {
    g_autoptr(json_t) json = NULL;
    *release = NULL;
    if (!rest_get(&gitea->rest, path, &json, error))
        return false;
    if (json == NULL)
        return true;
    *release = gitea_parse_release(gitea, path, json, error);
    return *release != NULL;
}

bool gitea_release(Gitea *gitea, const char *id, ForgeRelease **release, GError **error) {
    g_autofree char *path = gitea_release_path(gitea, id);
    return get_release(gitea, path, release, error);
}

/* ---- those of a tag ---- */

static guint64 number_of(const ForgeRelease *release) {
    return g_ascii_strtoull(release->id, NULL, 10);
}

static gint compare_ids(gconstpointer a, gconstpointer b) {
    guint64 one = number_of(*(const ForgeRelease *const *)a), other = number_of(*(const ForgeRelease *const *)b);
    return one < other ? -1 : one > other;
}

/* The server matches tags in any case; ours is exactly this one. Takes the release. */
static void add(GPtrArray *all, ForgeRelease *release, const char *tag) {
    bool wanted = release != NULL && strcmp(release->tag, tag) == 0;
    for (guint i = 0; wanted && i < all->len; i++)
        wanted = number_of(all->pdata[i]) != number_of(release);
    if (wanted)
        g_ptr_array_add(all, release);
    else
        forge_release_free(release);
}

static bool add_by_id(Gitea *gitea, GPtrArray *all, const char *tag, GError **error) {
    g_autofree char *mark = NULL;
    g_autofree char *id = known_id(gitea, tag, &mark);
    ForgeRelease *release = NULL;
    if (id != NULL && !gitea_release(gitea, id, &release, error))
        return false;
    if (release != NULL && release->mark == NULL && mark != NULL) {
        release->mark = g_steal_pointer(&mark);
        release->settled = false;
    }
    add(all, release, tag);
    return true;
}

static bool add_by_tag(Gitea *gitea, GPtrArray *all, const char *tag, GError **error) {
    g_autofree char *segment = http_segment(tag);
    g_autofree char *path = g_strdup_printf("%s/releases/tags/%s", gitea->repo, segment);
    ForgeRelease *release = NULL;
    if (!get_release(gitea, path, &release, error))
        return false;
    add(all, release, tag);
    return true;
}

/* Versions that do not know the filter give all. */
static bool add_drafts(Gitea *gitea, GPtrArray *all, const char *tag, GError **error) {
    g_autofree char *path = g_strdup_printf("%s/releases?draft=true", gitea->repo);
    g_autoptr(json_t) list = gitea_list(gitea, path, error);
    if (list == NULL)
        return false;
    for (gsize i = 0; i < json_array_size(list); i++) {
        const json_t *json = json_array_get(list, i);
        if (g_strcmp0(jsonx_string(json, "tag_name"), tag) != 0)
            continue;
        ForgeRelease *release = gitea_parse_release(gitea, path, json, error);
        if (release == NULL)
            return false;
        add(all, release, tag);
    }
    return true;
}

static bool holds_public(const GPtrArray *all) {
    return all->len > 0 && ((const ForgeRelease *)all->pdata[0])->state != FORGE_DRAFT;
}

GPtrArray *gitea_releases_of(Gitea *gitea, const char *tag, GError **error) {
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)forge_release_free);
    if (!add_by_id(gitea, all, tag, error))
        return NULL;
    if (all->len == 0 && !add_by_tag(gitea, all, tag, error))
        return NULL;
    if (!holds_public(all) && !add_drafts(gitea, all, tag, error))
        return NULL;
    g_ptr_array_sort(all, compare_ids);
    return g_steal_pointer(&all);
}

static bool not_ours(const Gitea *gitea, const ForgeRelease *is, const char *mark, GError **error) {
    error_set(error, ERROR_CONFLICT, "the %s %s of %s belongs to another run", is->state == FORGE_DRAFT ? "draft" : "release", is->tag, gitea->project);
    if (is->mark == NULL || mark == NULL)
        error_why(error, "%s carries no mark of slipway: a person or another program made it (id %s)", is->mark == NULL ? "it" : "one beside it", is->id);
    else
        error_why(error, "its mark is %s, this run's is %s (id %s)", is->mark, mark, is->id);
    error_fix(error, "see %s/%s/releases; slipway changes nothing that is not its own", gitea->web, gitea->project);
    return false;
}

bool gitea_choose(const Gitea *gitea, GPtrArray *releases, const char *mark, ForgeRelease **release, GError **error) {
    *release = NULL;
    for (guint i = 0; i < releases->len; i++) {
        ForgeRelease *is = releases->pdata[i];
        if (g_strcmp0(is->mark, mark) != 0)
            return not_ours(gitea, is, mark, error);
        bool better = *release == NULL || ((*release)->state == FORGE_DRAFT && is->state != FORGE_DRAFT);
        *release = better ? is : *release;
    }
    return true;
}

static ForgeRelease *take_out(GPtrArray *releases, ForgeRelease *release) {
    guint index = 0;
    return g_ptr_array_find(releases, release, &index) ? g_ptr_array_steal_index(releases, index) : NULL;
}

bool gitea_find_own(Gitea *gitea, const char *tag, const char *mark, ForgeRelease **release, GError **error) {
    g_autoptr(GPtrArray) all = gitea_releases_of(gitea, tag, error);
    if (all == NULL || !gitea_choose(gitea, all, mark, release, error))
        return false;
    *release = take_out(all, *release);
    gitea_saw(gitea, tag, *release);
    return true;
}

/* ---- git's side ---- */

/* References are matched by their beginning: an array, or one object where there is exactly one (older versions). */
static const json_t *exact_ref(const json_t *answer, const char *ref) {
    if (json_is_object(answer))
        return g_strcmp0(jsonx_string(answer, "ref"), ref) == 0 ? answer : NULL;
    for (gsize i = 0; i < json_array_size(answer); i++) {
        const json_t *member = json_array_get(answer, i);
        if (g_strcmp0(jsonx_string(member, "ref"), ref) == 0)
            return member;
    }
    return NULL;
}

static bool peel(Gitea *gitea, const char *sha, char **commit, GError **error) {
    g_autofree char *segment = http_segment(sha);
    g_autofree char *path = g_strdup_printf("%s/git/tags/%s", gitea->repo, segment);
    g_autoptr(json_t) tag = NULL;
    if (!rest_get(&gitea->rest, path, &tag, error))
        return false;
    *commit = g_strdup(jsonx_string(json_object_get(tag, "object"), "sha"));
    return true;
}

static bool commit_by_ref(Gitea *gitea, const char *tag, char **commit, GError **error) {
    g_autofree char *segment = http_segment(tag);
    g_autofree char *path = g_strdup_printf("%s/git/refs/tags/%s", gitea->repo, segment);
    g_autofree char *ref = g_strconcat("refs/tags/", tag, NULL);
    g_autoptr(json_t) answer = NULL;
    if (!rest_get(&gitea->rest, path, &answer, error))
        return false;
    const json_t *object = json_object_get(exact_ref(answer, ref), "object");
    const char *sha = jsonx_string(object, "sha");
    if (sha != NULL && g_strcmp0(jsonx_string(object, "type"), "tag") == 0)
        return peel(gitea, sha, commit, error);
    *commit = g_strdup(sha);
    return true;
}

bool gitea_tag_commit(Gitea *gitea, const char *tag, char **commit, GError **error) {
    g_autofree char *segment = http_segment(tag);
    g_autofree char *path = g_strdup_printf("%s/tags/%s", gitea->repo, segment);
    g_autoptr(json_t) answer = NULL;
    *commit = NULL;
    if (!rest_get(&gitea->rest, path, &answer, error))
        return false;
    const char *sha = jsonx_string(json_object_get(answer, "commit"), "sha");
    if (sha == NULL)
        return commit_by_ref(gitea, tag, commit, error);
    *commit = g_strdup(sha);
    return true;
}

/* ---- version ---- */

char *gitea_version(Gitea *gitea, GError **error) {
    g_autoptr(json_t) answer = NULL;
    const char *version = NULL;
    RestShape shape = {.rest = &gitea->rest, .path = "/version"};
    if (!rest_get(&gitea->rest, shape.path, &answer, error))
        return NULL;
    shape.json = answer;
    if (answer == NULL) {
        error_set(error, ERROR_ANSWER, "%s/version is not there: this is no Gitea", gitea->rest.api);
        return NULL;
    }
    return rest_text(&shape, "version", &version, error) ? g_strdup(version) : NULL;
}

bool gitea_is_forgejo(const char *version) {
    return strstr(version, "+gitea-") != NULL;
}

bool gitea_hides_draft_files(const char *version) {
    return !gitea_is_forgejo(version) && (strcmp(version, "1.22.0") == 0 || g_str_has_prefix(version, "1.22.0+") || g_str_has_prefix(version, "1.22.0-"));
}

/* ---- the calls ---- */

static bool latest_tag(Gitea *gitea, char **tag, GError **error) {
    g_autofree char *path = g_strconcat(gitea->repo, "/releases/latest", NULL);
    ForgeRelease *release = NULL;
    *tag = NULL;
    if (!get_release(gitea, path, &release, error))
        return false;
    *tag = release != NULL ? g_strdup(release->tag) : NULL;
    forge_release_free(release);
    return true;
}

char *gitea_latest(Forge *forge, GError **error) {
    char *tag = NULL;
    return latest_tag((Gitea *)forge, &tag, error) ? tag : NULL;
}

ForgeRelease *gitea_find(Forge *forge, const char *tag, GError **error) {
    Gitea *gitea = (Gitea *)forge;
    g_autoptr(GPtrArray) all = gitea_releases_of(gitea, tag, error);
    if (all == NULL)
        return NULL;
    /* Two drafts of one tag must have one mark: whose would it be? */
    const char *mark = all->len > 0 ? ((const ForgeRelease *)all->pdata[0])->mark : NULL;
    ForgeRelease *first = NULL;
    if (!gitea_choose(gitea, all, mark, &first, error))
        return NULL;
    g_autoptr(ForgeRelease) release = take_out(all, first);
    gitea_saw(gitea, tag, release);
    if (release == NULL || release->state == FORGE_DRAFT)
        return g_steal_pointer(&release);
    g_autofree char *latest = NULL;
    bool may = release->state == FORGE_PUBLIC && !release->prerelease;
    if (!gitea_tag_commit(gitea, tag, &release->target, error) || (may && !latest_tag(gitea, &latest, error)))
        return NULL;
    release->latest = g_strcmp0(latest, tag) == 0;
    return g_steal_pointer(&release);
}

GPtrArray *gitea_list_releases(Forge *forge, GError **error) {
    Gitea *gitea = (Gitea *)forge;
    g_autofree char *path = g_strconcat(gitea->repo, "/releases", NULL);
    g_autofree char *latest = NULL;
    g_autoptr(json_t) list = gitea_list(gitea, path, error);
    if (list == NULL || !latest_tag(gitea, &latest, error))
        return NULL;
    g_autoptr(GPtrArray) releases = g_ptr_array_new_with_free_func((GDestroyNotify)forge_release_free);
    for (gsize i = 0; i < json_array_size(list); i++) {
        ForgeRelease *release = gitea_parse_release(gitea, path, json_array_get(list, i), error);
        if (release == NULL)
            return NULL;
        release->latest = g_strcmp0(release->tag, latest) == 0;
        if (release->state == FORGE_DRAFT)
            forge_release_free(release);
        else
            g_ptr_array_add(releases, release);
    }
    return g_steal_pointer(&releases);
}
