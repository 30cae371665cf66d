#include "engine/effect.h"

static const char *const stage_names[STAGE_COUNT] = {"prepare", "prove", "stage", "sign-off", "push", "publish", "follow"};

const char *stage_name(Stage stage) {
    return stage_names[stage];
}

bool stage_from_name(const char *name, Stage *stage) {
    for (int i = 0; i < STAGE_COUNT; i++) {
        if (g_strcmp0(name, stage_names[i]) == 0) {
            *stage = (Stage)i;
            return true;
        }
    }
    return false;
}

const char *observed_name(Observed observed) {
    static const char *const names[] = {"absent", "same", "partial", "different", "unknown"};
    return names[observed];
}

Observed effect_saw(EffectRun *run, Observed observed, const char *format, ...) {
    va_list args;
    va_start(args, format);
    g_free(run->seen);
    run->seen = g_strdup_vprintf(format, args);
    va_end(args);
    return observed;
}

bool effect_keep(EffectRun *run, const char *key, json_t *value, GError **error) {
    json_object_set(run->kept, key, value);
    return run->host->keep(run, key, value, error);
}

void effect_record(EffectRun *run, const char *key, json_t *value) {
    json_object_set(run->kept, key, value);
    run->host->record(run, key, value);
}

void effect_line(EffectRun *run, const char *line) {
    run->host->line(run, line);
}

void effect_note(EffectRun *run, const char *format, ...) {
    va_list args;
    va_start(args, format);
    g_autofree char *note = g_strdup_vprintf(format, args);
    va_end(args);
    run->host->note(run, note);
}
