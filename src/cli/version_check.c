#include "cli/version_check.h"

#include "base/text.h"
#include "cli/findings.h"
#include "cli/session.h"
#include "effects/effects.h"
#include "project/places.h"

#include <stdio.h>

static char *where(const Place *place) {
    g_autofree char *path = text_escape(place->path, -1, false);
    return place->line > 0 ? g_strdup_printf("%s:%u:%u", path, place->line, place->column) : g_steal_pointer(&path);
}

static bool is_shown(const Place *place) {
    return place->verdict != PLACE_OTHER;
}

static void print_table(const Places *places) {
    int wide = 0, value_wide = 0;
    for (guint i = 0; i < places->list->len; i++) {
        const Place *place = g_ptr_array_index(places->list, i);
        g_autofree char *at = where(place);
        wide = is_shown(place) ? MAX(wide, (int)g_utf8_strlen(at, -1)) : wide;
        value_wide = is_shown(place) ? MAX(value_wide, (int)g_utf8_strlen(place->value, -1)) : value_wide;
    }
    for (guint i = 0; i < places->list->len; i++) {
        const Place *place = g_ptr_array_index(places->list, i);
        g_autofree char *at = where(place);
        g_autofree char *value = text_escape(place->value, -1, false);
        if (!is_shown(place))
            continue;
        printf("  %-*s  %-*s  %-9s  %s%s%s\n", wide, at, value_wide, value, place->kind, place_verdict_name(place->verdict), place->fix != NULL ? "  → " : "",
               place->fix != NULL ? place->fix : "");
    }
}

static void annotate(const Places *places, const char *version) {
    for (guint i = 0; i < places->list->len; i++) {
        const Place *place = g_ptr_array_index(places->list, i);
        g_autofree char *what = g_strdup_printf("%s says %s, the project's version is %s (%s)", place->path, place->value, version, places->source);
        if (place_is_wrong(place->verdict) && place->line > 0)
            findings_annotate(
                &(Annotation){.path = place->path, .line = place->line, .column = place->column, .code = place_verdict_name(place->verdict), .what = what});
    }
}

static json_t *place_json(const Place *place) {
    json_t *row = json_pack("{s: o, s: o, s: s, s: s, s: b}", "path", jsonx_path(place->path), "value", jsonx_text(place->value), "kind", place->kind,
                            "verdict", place_verdict_name(place->verdict), "wrong", (int)place_is_wrong(place->verdict));
    if (place->line > 0)
        json_object_update_new(row, json_pack("{s: i, s: i}", "line", (int)place->line, "column", (int)place->column));
    if (place->fix != NULL)
        json_object_set_new(row, "fix", jsonx_text(place->fix));
    return row;
}

static void print_json(const World *world, const Places *places, const char *version, bool agrees) {
    json_t *rows = json_array();
    for (guint i = 0; i < places->list->len; i++)
        json_array_append_new(rows, place_json(g_ptr_array_index(places->list, i)));
    json_t *strange = json_array();
    g_autoptr(GPtrArray) tags = world_strange_tags(world);
    for (guint i = 0; i < tags->len; i++)
        json_array_append_new(strange, jsonx_text(g_ptr_array_index(tags, i)));
    json_t *unread = json_array();
    for (guint i = 0; i < places->unread->len; i++)
        json_array_append_new(unread, jsonx_text(g_ptr_array_index(places->unread, i)));
    g_autoptr(json_t) document = json_pack("{s: i, s: s, s: s, s: b, s: o, s: o, s: o}", "schema", 1, "version", version, "source", places->source, "agrees",
                                           (int)agrees, "places", rows, "not_looked_at", unread, "tags_that_name_no_version", strange);
    g_autofree char *text = jsonx_pretty(document);
    fputs(text, stdout);
}

static void print_unread(const Places *places) {
    for (guint i = 0; i < places->unread->len; i++) {
        g_autofree char *why = text_escape(g_ptr_array_index(places->unread, i), -1, false);
        printf("  not looked at: %s\n", why);
    }
}

static void print_end(const Places *places, guint wrong, guint undeclared) {
    const char *rest = undeclared > 0 ? "; those that are undeclared would not go along with the next release" : "";
    if (wrong > 0)
        printf("\n%u of %u places disagree\n", wrong, places->list->len);
    else if (places->unread->len > 0)
        printf("\nall places that were looked at agree%s; %u %s not looked at\n", rest, places->unread->len,
               places->unread->len == 1 ? "file was" : "files were");
    else
        printf("\nall places agree%s\n", rest);
}

static int conclude(const World *world, const Places *places, const VersionCheckOptions *options) {
    g_autofree char *version = version_to_string(places->version);
    guint wrong = 0, undeclared = 0;
    for (guint i = 0; i < places->list->len; i++) {
        const Place *place = g_ptr_array_index(places->list, i);
        wrong += place_is_wrong(place->verdict) ? 1 : 0;
        undeclared += place->verdict == PLACE_UNDECLARED ? 1 : 0;
    }
    bool agrees = wrong == 0 && (!options->strict || undeclared + places->unread->len == 0);
    if (options->json) {
        print_json(world, places, version, agrees);
        return agrees ? 0 : 1;
    }
    printf("%s %s, as %s says\n\n", world->project, version, places->source);
    print_table(places);
    print_unread(places);
    annotate(places, version);
    print_end(places, wrong, undeclared);
    return agrees ? 0 : 1;
}

static int fix(const World *world, const Places *places, const VersionCheckOptions *options, GError **error) {
    g_autoptr(json_t) files = places_fix(world, places, error);
    if (files == NULL)
        return 0;
    if (json_array_size(files) == 0)
        return conclude(world, places, options);
    g_autofree char *version = version_to_string(places->version);
    g_autofree char *question = g_strdup_printf("Write %s into %zu files?", version, json_array_size(files));
    Plan *plan = plan_new(effect_kinds(), "version", world->now);
    json_object_update_new(plan->release, json_pack("{s: s}", "project", world->project));
    plan_add(plan, STAGE_PREPARE, "prepare/files", "write-files", json_pack("{s: O}", "files", files), NULL);
    plan_seal(plan);
    view_print_plan(plan);
    if (options->dry_run || !session_confirm(question, options->yes, error)) {
        plan_free(plan);
        return 0;
    }
    return session_do(plan, (RunOutput){.bare = true}, error);
}

int version_check(const World *world, const VersionCheckOptions *options, GError **error) {
    g_autoptr(Places) places = places_find(world, error);
    if (places == NULL)
        return 0;
    return options->fix ? fix(world, places, options, error) : conclude(world, places, options);
}
