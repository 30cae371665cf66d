/* Which version comes next. */
#include "base/clock.h"
#include "project/bump.h"

#include <string.h>

/* ---- burned versions ---- */

static char *burned_by_words(const World *world, const char *text) {
    const json_t *words = config_get(world->config, "version.burned");
    for (gsize i = 0; i < json_array_size(words); i++) {
        if (g_strcmp0(json_string_value(json_array_get(words, i)), text) == 0)
            return g_strdup_printf("%s names it in version.burned", world->config->path);
    }
    return NULL;
}

/* By the tag: a repository may hold several projects. */
static char *burned_by_remote(const World *world, const Version *version) {
    g_autofree char *tag = world_tag(world, version);
    for (guint i = 0; world->burned != NULL && i < world->burned->len; i++) {
        const ShareBurned *burned = g_ptr_array_index(world->burned, i);
        if (!g_str_equal(burned->tag, tag))
            continue;
        g_autofree char *date = clock_date(burned->when);
        return g_strdup_printf("burned by %s on %s: %s", burned->who, date, burned->reason);
    }
    return NULL;
}

char *world_burned(const World *world, const Version *version) {
    g_autofree char *text = version_to_string(version);
    char *said = burned_by_remote(world, version);
    char *named = said != NULL ? said : burned_by_words(world, text);
    const ChangelogSection *section = named == NULL && world->changelog != NULL ? changelog_find(world->changelog, text) : NULL;
    if (section == NULL || !section->yanked)
        return named;
    return g_strdup_printf("%s:%u says that it was yanked", world_changelog_path(world), section->line);
}

static Version *after(const World *world, const Version *version, const Wish *wish, GError **error) {
    bool pre = wish->pre != NULL && version_is_prerelease(version);
    return pre ? version_bump_pre(version, world->previous, NULL, wish->pre, error) : version_bump(version, "patch", error);
}

/* However many there are: each step leads to a higher one, and the lists are bounded. */
static Version *step_over(const World *world, Version *version, const Wish *wish, GError **error) {
    while (version != NULL) {
        g_autofree char *why = world_burned(world, version);
        if (why == NULL)
            return version;
        g_autofree char *text = version_to_string(version);
        if (wish->over != NULL)
            g_ptr_array_add(wish->over, g_strdup_printf("%s is stepped over: %s", text, why));
        Version *next = after(world, version, wish, error);
        version_free(version);
        version = next;
    }
    return NULL;
}

static Version *refuse_burned(const World *world, Version *taken, GError **error) {
    g_autoptr(Version) version = taken;
    g_autofree char *why = version != NULL ? world_burned(world, version) : NULL;
    if (why == NULL)
        return g_steal_pointer(&version);
    g_autofree char *text = version_to_string(version);
    error_set(error, ERROR_BAD_VERSION, "%s must not be used: it is burned", text);
    error_why(error, "%s", why);
    error_state(error, "nothing was changed");
    error_fix(error, "take the next one: slipway release patch");
    return NULL;
}

/* ---- the next one ---- */

static Version *by_commits(const World *world, const char *pre, GError **error) {
    g_autoptr(BumpAnswer) answer = bump_decide(world, pre, error);
    if (answer == NULL || answer->version != NULL)
        return answer != NULL ? g_steal_pointer(&answer->version) : NULL;
    error_set(error, ERROR_NOTHING_TO_RELEASE, "no commit since %s asks for a release", answer->base);
    error_why(error, "%u commits were looked at; by the rules none of them is a fix, a feature or a breaking change", answer->reasons->len);
    error_state(error, "nothing was changed");
    error_fix(error, "see which commit counts for what: slipway version auto --explain; or say it yourself: slipway release patch");
    return NULL;
}

static Version *by_part(const World *world, const Wish *wish, GError **error) {
    if (world->current == NULL) {
        g_propagate_error(error, g_error_copy(world->version_problem));
        return NULL;
    }
    return wish->pre != NULL ? version_bump_pre(world->current, world->previous, wish->how, wish->pre, error) : version_bump(world->current, wish->how, error);
}

static Version *by_name(const Wish *wish, GError **error) {
    if (wish->pre == NULL)
        return version_parse(wish->how, error);
    g_autofree char *text = g_strdup_printf("%s-%s.1", wish->how, wish->pre);
    return version_parse(text, error);
}

Version *world_next(const World *world, const Wish *wish, GError **error) {
    static const char *const parts[] = {"patch", "minor", "major", NULL};
    if (g_str_equal(wish->how, "auto"))
        return step_over(world, by_commits(world, wish->pre, error), wish, error);
    if (g_strv_contains(parts, wish->how))
        return step_over(world, by_part(world, wish, error), wish, error);
    return refuse_burned(world, by_name(wish, error), error);
}
