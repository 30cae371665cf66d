/* Looking at processes that are not our children: what a killed slipway left behind. */
#include "base/digest.h"
#include "base/error.h"
#include "base/process.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* The fields of /proc/PID/stat behind the name, which may hold anything but ends at the last ')': field 3 is the first. */
static char **stat_fields(gint64 pid) {
    g_autofree char *path = g_strdup_printf("/proc/%" G_GINT64_FORMAT "/stat", pid);
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        return NULL;
    const char *end = strrchr(text, ')');
    return end != NULL ? g_strsplit(end + 2, " ", 40) : NULL;
}

char *process_start_time(gint64 pid) {
    g_auto(GStrv) fields = stat_fields(pid);
    if (fields == NULL || g_strv_length(fields) < 20 || *fields[0] == 'Z' || *fields[0] == 'X')
        return NULL;
    return g_strdup(fields[19]);
}

char *process_boot_id(void) {
    char *text = NULL;
    if (!g_file_get_contents("/proc/sys/kernel/random/boot_id", &text, NULL, NULL))
        return g_strdup("unknown");
    return g_strchomp(text);
}

static guint64 bytes_of(const char *pid) {
    g_autofree char *path = g_strdup_printf("/proc/%s/io", pid);
    g_autofree char *text = NULL;
    unsigned long long got = 0, put = 0;
    if (!g_file_get_contents(path, &text, NULL, NULL) || sscanf(text, "rchar: %llu wchar: %llu", &got, &put) != 2)
        return 0; /* another user's, as ssh may be: its time on a processor says enough */
    return got + put;
}

guint64 process_activity(gint64 group) {
    g_autoptr(GDir) folder = g_dir_open("/proc", 0, NULL);
    const char *name;
    guint64 sum = 0;
    while (folder != NULL && (name = g_dir_read_name(folder)) != NULL) {
        g_auto(GStrv) fields = g_ascii_isdigit(*name) ? stat_fields(g_ascii_strtoll(name, NULL, 10)) : NULL;
        if (fields == NULL || g_strv_length(fields) < 20 || g_ascii_strtoll(fields[2], NULL, 10) != group)
            continue;
        sum += bytes_of(name) + g_ascii_strtoull(fields[11], NULL, 10) + g_ascii_strtoull(fields[12], NULL, 10);
    }
    return sum;
}

char *process_own_mark(const char *mark, const char *git_dir) {
    struct stat is = {0};
    g_autofree char *boot = process_boot_id();
    if (stat(git_dir, &is) != 0)
        is = (struct stat){0};
    g_autofree char *who = g_strdup_printf("%s %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, boot, (guint64)is.st_dev, (guint64)is.st_ino);
    g_autofree char *digest = digest_string(who);
    return g_strdup_printf("%s:%.16s", mark, digest);
}

bool process_is_alive(gint64 pid, const char *start_time) {
    g_autofree char *now = process_start_time(pid);
    return now != NULL && g_strcmp0(now, start_time) == 0;
}

static bool carries_mark(const char *pid, const char *entry, gsize entry_length) {
    g_autofree char *path = g_strdup_printf("/proc/%s/environ", pid);
    g_autofree char *text = NULL;
    gsize length = 0;
    if (!g_file_get_contents(path, &text, &length, NULL))
        return false;
    for (gsize i = 0; i < length; i += strlen(text + i) + 1) {
        if (strlen(text + i) == entry_length && memcmp(text + i, entry, entry_length) == 0)
            return true;
    }
    return false;
}

/* ---- what left its group ---- */

void process_adopt_orphans(void) {
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

/* Of the main thread's children, which are those that it started itself and all that were adopted, the ones with this entry. */
static GArray *adopted_with(const char *entry) {
    GArray *found = g_array_new(FALSE, FALSE, sizeof(pid_t));
    g_autofree char *path = g_strdup_printf("/proc/self/task/%d/children", (int)getpid());
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        return found;
    g_auto(GStrv) pids = g_strsplit(g_strchomp(text), " ", -1);
    for (guint i = 0; pids[i] != NULL; i++) {
        pid_t pid = (pid_t)g_ascii_strtoll(pids[i], NULL, 10);
        if (pid > 1 && carries_mark(pids[i], entry, strlen(entry)))
            g_array_append_val(found, pid);
    }
    return found;
}

static void signal_each(const GArray *pids, int signal_number) {
    for (guint i = 0; i < pids->len; i++)
        kill(g_array_index(pids, pid_t, i), signal_number);
}

/* Leaves those that still run. */
static void reap(GArray *pids) {
    for (guint i = pids->len; i > 0; i--) {
        if (waitpid(g_array_index(pids, pid_t, i - 1), NULL, WNOHANG) != 0)
            g_array_remove_index(pids, i - 1);
    }
}

/* What a daemon started is adopted when the daemon ends, so it is asked again until there are none. */
guint process_end_adopted(const char *entry) {
    guint ended = 0;
    for (int round = 0; round < 20; round++) {
        g_autoptr(GArray) pids = adopted_with(entry);
        if (pids->len == 0)
            break;
        ended += pids->len;
        signal_each(pids, SIGTERM);
        for (int wait = 0; wait < 100 && pids->len > 0; wait++) {
            if (wait == 20)
                signal_each(pids, SIGKILL);
            reap(pids);
            if (pids->len > 0)
                g_usleep(5000);
        }
    }
    return ended;
}

/* Each thread has the children that it started itself. */
void process_end_children(void) {
    g_autoptr(GDir) dir = g_dir_open("/proc/self/task", 0, NULL);
    const char *task;
    while (dir != NULL && (task = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_strdup_printf("/proc/self/task/%s/children", task);
        g_autofree char *text = NULL;
        if (!g_file_get_contents(path, &text, NULL, NULL))
            continue;
        g_auto(GStrv) pids = g_strsplit(g_strchomp(text), " ", -1);
        for (guint i = 0; pids[i] != NULL; i++) {
            pid_t pid = (pid_t)g_ascii_strtoll(pids[i], NULL, 10);
            if (pid > 1 && kill(-pid, SIGTERM) != 0)
                kill(pid, SIGTERM);
        }
    }
}

static GArray *marked_processes(const char *mark) {
    GArray *found = g_array_new(FALSE, FALSE, sizeof(pid_t));
    g_autofree char *entry = g_strdup_printf("SLIPWAY_CHILD=%s", mark);
    g_autoptr(GDir) dir = g_dir_open("/proc", 0, NULL);
    const char *name;
    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        if (!g_ascii_isdigit(*name) || !carries_mark(name, entry, strlen(entry)))
            continue;
        pid_t pid = (pid_t)g_ascii_strtoll(name, NULL, 10);
        g_autofree char *start = process_start_time(pid);
        if (pid != getpid() && start != NULL)
            g_array_append_val(found, pid);
    }
    return found;
}

/* Signals all that is left; returns how many that were. */
static guint signal_all(gint64 group, const char *start_time, const char *mark, int signal_number) {
    guint count = 0;
    if (group > 1 && process_is_alive(group, start_time) && kill((pid_t)-group, signal_number) == 0)
        count++;
    if (mark == NULL)
        return count;
    g_autoptr(GArray) pids = marked_processes(mark);
    for (guint i = 0; i < pids->len; i++) {
        if (kill(g_array_index(pids, pid_t, i), signal_number) == 0)
            count++;
    }
    return count;
}

guint process_end_orphans(gint64 pid, const char *start_time, const char *mark, guint grace_ms) {
    guint ended = signal_all(pid, start_time, mark, SIGTERM);
    gint64 until = g_get_monotonic_time() + (gint64)grace_ms * 1000;
    guint left = ended;
    while (left > 0 && g_get_monotonic_time() < until) {
        g_usleep(5000);
        left = signal_all(pid, start_time, mark, 0);
    }
    for (int round = 0; left > 0 && round < 200; round++) {
        signal_all(pid, start_time, mark, SIGKILL);
        g_usleep(5000);
        left = signal_all(pid, start_time, mark, 0);
    }
    return ended;
}
