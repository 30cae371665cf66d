#include "package/package.h"

#define MAX_THREADS 4u

typedef struct {
    const char *path;
    Package *package;
    GError *problem;
} Job;

typedef struct {
    Job *jobs;
    gint count, next; /* next is taken by whoever is free */
} Queue;

static gpointer work(gpointer data) {
    Queue *queue = data;
    for (gint i = g_atomic_int_add(&queue->next, 1); i < queue->count; i = g_atomic_int_add(&queue->next, 1))
        queue->jobs[i].package = package_read(queue->jobs[i].path, &queue->jobs[i].problem);
    return NULL;
}

/* This thread works too: should there be no other to get, all is done all the same. */
static void run_all(Job *jobs, guint count) {
    Queue queue = {jobs, (gint)count, 0};
    GThread *helpers[MAX_THREADS] = {NULL};
    for (guint i = 1; i < MIN(MIN(count, MAX_THREADS), g_get_num_processors()); i++)
        helpers[i] = g_thread_try_new("package", work, &queue, NULL);
    work(&queue);
    for (guint i = 0; i < MAX_THREADS; i++) {
        if (helpers[i] != NULL)
            g_thread_join(helpers[i]);
    }
}

static void package_clear(gpointer package) {
    package_free(package);
}

GPtrArray *package_read_all(const GPtrArray *paths, GError **error) {
    g_autofree Job *jobs = g_new0(Job, paths->len);
    g_autoptr(GPtrArray) packages = g_ptr_array_new_with_free_func(package_clear);
    bool failed = false;
    for (guint i = 0; i < paths->len; i++)
        jobs[i].path = paths->pdata[i];
    run_all(jobs, paths->len);
    for (guint i = 0; i < paths->len; i++) {
        g_ptr_array_add(packages, jobs[i].package);
        if (jobs[i].problem != NULL && failed)
            g_error_free(jobs[i].problem);
        else if (jobs[i].problem != NULL)
            g_propagate_error(error, jobs[i].problem);
        failed = failed || jobs[i].package == NULL;
    }
    return failed ? NULL : g_steal_pointer(&packages);
}
