#include "base/clock.h"
#include "base/limits.h"
#include "effects/effects.h"
#include "share/share.h"
#include "steps/step.h"

#include <string.h>

#define STEP(stem) extern const Step step_##stem;
#include "steps/steps.def"
#undef STEP

static const Step *const steps[] = {
#define STEP(stem) &step_##stem,
#include "steps/steps.def"
#undef STEP
};

void release_clear(Release *release) {
    char *texts[] = {release->tag, release->branch, release->date, release->written, release->changes, release->notes, release->summary};
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    json_decref(release->target);
    json_decref(release->pulls);
    json_decref(release->tag_object);
}

char *release_written(const World *world, const Version *version, GError **error) {
    for (guint i = 0; i < world->carriers->len; i++) {
        if (((const Carrier *)g_ptr_array_index(world->carriers, i))->format->scheme == MANIFEST_PEP440)
            return version_to_pep440(version, error);
    }
    return version_to_string(version);
}

static void set_text(json_t *object, const char *key, const char *text) {
    json_object_set_new(object, key, text != NULL ? jsonx_text(text) : json_null());
}

json_t *release_world(const World *world, const char *tag) {
    g_autofree char *base_ref = g_strdup_printf("refs/heads/%s", world->base);
    g_autofree char *tag_ref = g_strdup_printf("refs/tags/%s", tag);
    json_t *object = json_object();
    set_text(object, "head", world->head);
    set_text(object, "branch", world->branch);
    set_text(object, "base", world->base);
    set_text(object, "remote", world->remote);
    set_text(object, "remote_base", world_remote_id(world, base_ref));
    set_text(object, "remote_tag", world_remote_id(world, tag_ref));
    set_text(object, "config", world->config->sha256);
    return object;
}

/* How it was asked for, so that another clone can plan the same. */
static json_t *request_of(const Release *release) {
    const GateChoice *gates = &release->gates;
    json_t *request = json_pack("{s: b, s: b, s: b, s: b}", "draft", (int)release->draft, "no_cache", (int)gates->no_cache, "offline", (int)gates->offline,
                                "update_baseline", (int)gates->update_baseline);
    json_object_set_new(request, "skip", jsonx_strv(gates->skip));
    json_object_set_new(request, "reasons", jsonx_strv(gates->reasons));
    set_text(request, "name", release->world->identity.name);
    set_text(request, "email", release->world->identity.email);
    return request;
}

Plan *release_plan_again(const World *world, const Plan *theirs, GError **error) {
    const json_t *request = json_object_get(theirs->release, "request");
    g_auto(GStrv) skip = jsonx_to_strv(json_object_get(request, "skip"));
    g_auto(GStrv) reasons = jsonx_to_strv(json_object_get(request, "reasons"));
    if (g_strv_length(skip) != g_strv_length(reasons)) {
        error_set(error, ERROR_PLAN_BROKEN, "the plan does not say why each gate is left out");
        return NULL;
    }
    ReleaseChoice choice = {
        .again = true,
        .draft = jsonx_bool(request, "draft", false),
        .gates = {.skip = skip[0] != NULL ? (const char *const *)skip : NULL,
                  .reasons = (const char *const *)reasons,
                  .no_cache = jsonx_bool(request, "no_cache", false),
                  .offline = jsonx_bool(request, "offline", false),
                  .update_baseline = jsonx_bool(request, "update_baseline", false)},
    };
    return release_plan(world, &(Wish){.how = jsonx_string(theirs->release, "version")}, &choice, error);
}

static void describe(const Release *release, Plan *plan) {
    const World *world = release->world;
    g_autofree char *previous = world->current != NULL ? version_to_string(world->current) : NULL;
    g_autofree char *version = version_to_string(release->version);
    set_text(plan->release, "project", world->project);
    set_text(plan->release, "previous", previous);
    set_text(plan->release, "version", version);
    set_text(plan->release, "tag", release->tag);
    set_text(plan->release, "date", release->date);
    set_text(plan->release, "branch", release->branch);
    set_text(plan->release, "base", world->base);
    set_text(plan->release, "remote", world->remote_url);
    set_text(plan->release, "share", config_string(world->config, "journal.share"));
    json_object_set_new(plan->release, "request", request_of(release));
    json_decref(plan->world);
    plan->world = release_world(world, release->tag);
}

/* ---- what the plan comes to must be readable by whoever goes on with it ---- */

static void check_limit(Plan *plan, Limited thing, const char *where, guint64 size) {
    GError *problem = NULL;
    if (limits_keep(thing, where, size, &problem))
        return;
    error_state(&problem, "nothing was changed");
    plan_problem(plan, problem);
}

static guint64 length_of(const char *text) {
    return text != NULL ? strlen(text) : 0;
}

/* The plan goes into the journal's first event, and with it to other clones. */
static void check_limits(Plan *plan) {
    const char *tag = jsonx_string(plan->release, "tag"), *project = jsonx_string(plan->release, "project");
    bool shared = share_when(jsonx_string(plan->release, "share")) != SHARE_OFF && jsonx_string(plan->world, "remote") != NULL;
    const Effect *tagged = plan_effect(plan, "prepare/tag");
    g_autoptr(json_t) document = plan_to_json(plan);
    g_autofree char *text = jsonx_canonical(document);
    check_limit(plan, shared ? LIMITED_SHARE_PLAN : LIMITED_JOURNAL_PLAN, NULL, strlen(text));
    check_limit(plan, LIMITED_RUN_NAME, tag, length_of(tag));
    check_limit(plan, LIMITED_SHARE_NAME, project, length_of(project));
    if (tagged != NULL)
        check_limit(plan, LIMITED_TAG_MESSAGE, NULL, length_of(jsonx_string(tagged->params, "message")));
}

Plan *release_plan(const World *world, const Wish *wish, const ReleaseChoice *choice, GError **error) {
    g_autoptr(GPtrArray) over = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(Version) version = world_next(world, &(Wish){.how = wish->how, .pre = wish->pre, .over = over}, error);
    if (version == NULL)
        return NULL;
    g_auto(Release) release = {.world = world, .version = version, .draft = choice->draft, .again = choice->again, .gates = choice->gates};
    release.tag = world_tag(world, version);
    release.branch = world_branch(world, version);
    release.date = clock_date(world->now);
    release.written = release_written(world, version, error);
    if (release.written == NULL)
        return NULL;
    g_autoptr(Plan) plan = plan_new(effect_kinds(), "release", world->now);
    describe(&release, plan);
    for (guint i = 0; i < over->len; i++)
        plan_note(plan, "version", "%s", (const char *)g_ptr_array_index(over, i));
    if (world->remote_url != NULL)
        plan_note(plan, "journal", "%s", share_words(jsonx_string(plan->release, "share")));
    for (guint i = 0; i < G_N_ELEMENTS(steps); i++) {
        if (!steps[i]->plan(&release, plan, error))
            return NULL;
    }
    plan_seal(plan);
    check_limits(plan);
    return g_steal_pointer(&plan);
}
