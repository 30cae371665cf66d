/* Releases on GitLab as they come, and as they are changed field by field.
 *
 * What GitLab has no place for stands in the description, in a line that is not shown, before the one with the mark: when the plan says that the release was
 * made and published (GitLab's own dates are those of the calls, or what orders the releases) and whether it is a pre-release. */
#include "forge/gitlab.h"

#include <string.h>

#define DATA_BEGIN "<!-- slipway-data: "
#define DATA_END " -->"

void forge_gitlab_release_free(ForgeGitlabRelease *release) {
    if (release == NULL)
        return;
    forge_release_free(release->release);
    g_ptr_array_unref(release->links);
    g_free(release);
}

/* ---- the description ---- */

/* Cuts the line off the notes, with the newline that was set before it. */
static json_t *cut_data(char *notes) {
    char *begin = g_strrstr(notes, DATA_BEGIN);
    const char *end = begin != NULL ? strstr(begin, DATA_END) : NULL;
    if (end == NULL || (begin != notes && begin[-1] != '\n'))
        return NULL;
    const char *rest = end + strlen(DATA_END);
    if (rest[strspn(rest, "\n\r ")] != '\0')
        return NULL;
    const char *from = begin + strlen(DATA_BEGIN);
    json_t *data = jsonx_parse(from, (gsize)(end - from), 1024, "the release's data", NULL);
    if (data != NULL)
        *(begin != notes ? begin - 1 : begin) = '\0';
    return data;
}

static void read_body(const char *body, ForgeGitlabRelease *into) {
    g_auto(RestNotes) notes = {0};
    rest_notes_parse(body != NULL ? body : "", &notes);
    g_autoptr(json_t) data = notes.mark != NULL ? cut_data(notes.notes) : NULL;
    ForgeRelease *release = into->release;
    release->mark = g_steal_pointer(&notes.mark);
    release->notes = g_steal_pointer(&notes.notes);
    release->state = notes.withdrawn ? FORGE_WITHDRAWN : FORGE_PUBLIC;
    release->prerelease = jsonx_bool(data, "prerelease", false);
    release->created = jsonx_int(data, "created", 0);
    release->published = jsonx_int(data, "published", into->released / 1000);
}

char *forge_gitlab_release_body(const ForgeRelease *release) {
    g_autoptr(json_t) data = json_pack("{s:I, s:I, s:b}", "created", (json_int_t)release->created, "published", (json_int_t)release->published, "prerelease",
                                       (int)release->prerelease);
    g_autofree char *line = jsonx_canonical(data);
    g_autofree char *all = g_strconcat(release->notes, "\n" DATA_BEGIN, line, DATA_END, NULL);
    bool withdrawn = release->state == FORGE_WITHDRAWN;
    RestNotes notes = {.mark = release->mark, .notes = all, .withdrawn = withdrawn, .was_prerelease = withdrawn && release->prerelease};
    return rest_notes_write(&notes);
}

/* ---- reading ---- */

gint64 forge_gitlab_release_time(const char *text) {
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    g_autoptr(GDateTime) time = text != NULL ? g_date_time_new_from_iso8601(text, utc) : NULL;
    return time != NULL ? g_date_time_to_unix(time) * 1000 + g_date_time_get_microsecond(time) / 1000 : 0;
}

static bool add_link(const RestShape *shape, ForgeGitlabRelease *into, GError **error) {
    const char *name = NULL, *url = NULL, *direct = NULL;
    gint64 id = 0;
    if (!rest_int(shape, "id", &id, error) || !rest_text(shape, "name", &name, error) || !rest_text(shape, "url", &url, error) ||
        !rest_text_or_null(shape, "direct_asset_url", &direct, error))
        return false;
    if (forge_release_asset(into->release, name) != NULL)
        return true;
    ForgeAsset *asset = forge_asset_new(name);
    asset->url = g_strdup(direct != NULL ? direct : url);
    asset->id = g_strdup_printf("%" G_GINT64_FORMAT, id);
    g_ptr_array_add(into->release->assets, asset);
    g_ptr_array_add(into->links, g_strdup(url));
    return true;
}

static bool add_links(const ForgeGitlab *gitlab, const json_t *json, const char *path, ForgeGitlabRelease *into, GError **error) {
    const json_t *assets = json_object_get(json, "assets"), *links = NULL;
    RestShape shape = {&gitlab->rest, path, assets};
    if (assets != NULL && !rest_array(&shape, "links", &links, error))
        return false;
    for (gsize i = 0; i < json_array_size(links); i++) {
        RestShape link = {&gitlab->rest, path, json_array_get(links, i)};
        if (!add_link(&link, into, error))
            return false;
    }
    return true;
}

ForgeGitlabRelease *forge_gitlab_release_parse(const ForgeGitlab *gitlab, const json_t *json, const char *path, GError **error) {
    RestShape shape = {&gitlab->rest, path, json};
    const char *tag = NULL, *name = NULL, *body = NULL, *released = NULL, *created = NULL;
    if (!rest_text(&shape, "tag_name", &tag, error) || !rest_text_or_null(&shape, "name", &name, error) ||
        !rest_text_or_null(&shape, "description", &body, error) || !rest_text_or_null(&shape, "released_at", &released, error) ||
        !rest_text_or_null(&shape, "created_at", &created, error))
        return NULL;
    g_autoptr(ForgeGitlabRelease) into = g_new0(ForgeGitlabRelease, 1);
    into->release = forge_release_new();
    into->links = g_ptr_array_new_with_free_func(g_free);
    into->released = forge_gitlab_release_time(released != NULL ? released : created);
    into->upcoming = jsonx_bool(json, "upcoming_release", false);
    into->release->id = g_strdup(tag);
    into->release->tag = g_strdup(tag);
    into->release->name = g_strdup(name != NULL ? name : tag);
    into->release->target = g_strdup(jsonx_string(json_object_get(json, "commit"), "id"));
    g_autofree char *segment = http_segment(tag);
    into->release->url = g_strdup_printf("%s/-/releases/%s", gitlab->url, segment);
    read_body(body, into);
    return add_links(gitlab, json, path, into, error) ? g_steal_pointer(&into) : NULL;
}

static bool is_remembered(ForgeGitlab *gitlab, const char *tag) {
    g_mutex_lock(&gitlab->lock);
    bool found = g_hash_table_contains(gitlab->releases, tag);
    g_mutex_unlock(&gitlab->lock);
    return found;
}

void forge_gitlab_release_remember(ForgeGitlab *gitlab, const char *tag) {
    g_mutex_lock(&gitlab->lock);
    g_hash_table_add(gitlab->releases, g_strdup(tag));
    g_mutex_unlock(&gitlab->lock);
}

/* What was there a moment ago, or was just made, is looked for with patience. */
bool forge_gitlab_release_get(ForgeGitlab *gitlab, const char *tag, ForgeGitlabRelease **release, GError **error) {
    g_autofree char *segment = http_segment(tag);
    g_autofree char *path = forge_gitlab_path(gitlab, error, "/releases/%s", segment);
    gint64 began = 0;
    *release = NULL;
    if (path == NULL)
        return false;
    do {
        g_autoptr(json_t) json = NULL;
        if (!rest_get(&gitlab->rest, path, &json, error))
            return false;
        if (json == NULL)
            continue;
        *release = forge_gitlab_release_parse(gitlab, json, path, error);
        if (*release == NULL)
            return false;
        forge_gitlab_release_remember(gitlab, tag);
        return true;
    } while (is_remembered(gitlab, tag) && rest_wait(&gitlab->rest, &began));
    return true;
}

static gint by_released(gconstpointer a, gconstpointer b) {
    const ForgeGitlabRelease *first = *(const ForgeGitlabRelease *const *)a, *second = *(const ForgeGitlabRelease *const *)b;
    return (first->released < second->released) - (first->released > second->released);
}

GPtrArray *forge_gitlab_release_list(ForgeGitlab *gitlab, GError **error) {
    g_autofree char *path = forge_gitlab_path(gitlab, error, "/releases?order_by=released_at&sort=desc");
    g_autoptr(json_t) list = NULL;
    if (path == NULL || !rest_list(&gitlab->rest, path, NULL, &list, error))
        return NULL;
    g_autoptr(GPtrArray) releases = g_ptr_array_new_with_free_func((GDestroyNotify)forge_gitlab_release_free);
    for (gsize i = 0; i < json_array_size(list); i++) {
        ForgeGitlabRelease *release = forge_gitlab_release_parse(gitlab, json_array_get(list, i), path, error);
        if (release == NULL)
            return NULL;
        g_ptr_array_add(releases, release);
    }
    g_ptr_array_sort(releases, by_released);
    return g_steal_pointer(&releases);
}

const ForgeGitlabRelease *forge_gitlab_release_newest(const GPtrArray *list, const char *except) {
    for (guint i = 0; i < list->len; i++) {
        const ForgeGitlabRelease *one = list->pdata[i];
        bool stable = !one->upcoming && one->release->state == FORGE_PUBLIC && !one->release->prerelease;
        if (stable && g_strcmp0(one->release->tag, except) != 0)
            return one;
    }
    return NULL;
}

/* ---- both ---- */

void forge_gitlab_state_clear(ForgeGitlabState *state) {
    forge_gitlab_package_clear(&state->package);
    g_clear_pointer(&state->release, forge_gitlab_release_free);
}

/* Of a release that is out the package is worth having, and not needed: it may be closed to who asks. A stranger looks for no draft. */
bool forge_gitlab_state_load(ForgeGitlab *gitlab, const char *tag, ForgeGitlabState *state, GError **error) {
    g_autoptr(GError) problem = NULL;
    if (!forge_gitlab_release_get(gitlab, tag, &state->release, error))
        return false;
    bool out = state->release != NULL;
    if (!out && gitlab->rest.token.secret == NULL) {
        state->package.files = g_ptr_array_new();
        return true;
    }
    if (forge_gitlab_package_load(gitlab, tag, &state->package, &problem))
        return true;
    if (!out || !error_is(problem, ERROR_PERMISSION)) {
        g_propagate_error(error, g_steal_pointer(&problem));
        return false;
    }
    g_ptr_array_set_size(state->package.files, 0);
    return true;
}

bool forge_gitlab_state_is_draft(const ForgeGitlabState *state, const char *tag, const char *mark, GError **error) {
    const ForgeRelease *record = state->package.record;
    const ForgeRelease *there = state->release != NULL ? state->release->release : record;
    if (there == NULL)
        return error_set(error, ERROR_CONFLICT, "there is no draft %s on GitLab", tag);
    if (!forge_gitlab_check_mark(tag, there->mark, mark, error))
        return false;
    if (state->release != NULL)
        return error_set(error, ERROR_CONFLICT, "the release %s is no draft: it is %s", tag, forge_state_name(there->state));
    return true;
}

bool forge_gitlab_state_settled(const ForgeGitlabState *state) {
    if (state->release == NULL || state->package.record == NULL)
        return true;
    g_autoptr(GPtrArray) assets = g_ptr_array_new_with_free_func((GDestroyNotify)forge_asset_free);
    forge_gitlab_package_assets(&state->package, assets);
    for (guint i = 0; i < assets->len; i++) {
        if (forge_release_asset(state->release->release, ((const ForgeAsset *)assets->pdata[i])->name) == NULL)
            return false;
    }
    return true;
}

/* ---- changing ---- */

/* Is what `json` says in the release that GitLab has? */
static bool holds(const json_t *is, json_t *wanted) {
    const char *field;
    json_t *value;
    json_object_foreach(wanted, field, value) {
        const json_t *has = json_object_get(is, field);
        bool date = strcmp(field, "released_at") == 0;
        bool same = date ? forge_gitlab_release_time(json_string_value(has)) == forge_gitlab_release_time(json_string_value(value)) : json_equal(has, value);
        if (!same)
            return false;
    }
    return true;
}

static bool look_for(ForgeGitlab *gitlab, const char *path, json_t *wanted, GError **error) {
    gint64 began = 0;
    do {
        g_autoptr(json_t) is = NULL;
        if (rest_get(&gitlab->rest, path, &is, NULL) && is != NULL && holds(is, wanted)) {
            g_clear_error(error);
            return true;
        }
    } while (rest_wait(&gitlab->rest, &began));
    return rest_lost(error);
}

bool forge_gitlab_release_put(ForgeGitlab *gitlab, const char *tag, json_t *json, GError **error) {
    g_autofree char *segment = http_segment(tag);
    g_autofree char *path = forge_gitlab_path(gitlab, error, "/releases/%s", segment);
    if (path == NULL)
        return false;
    RestChange change = {.method = "PUT", .path = path, .json = json};
    g_autoptr(json_t) answer = NULL;
    long status = 0;
    switch (rest_change(&gitlab->rest, &change, &status, &answer, error)) {
    case REST_DONE:
        return true;
    case REST_REFUSED:
        return rest_refused(&gitlab->rest, &change, status, answer, error);
    case REST_LOST:
        return look_for(gitlab, path, json, error);
    case REST_FAILED:
        break;
    }
    return false;
}
