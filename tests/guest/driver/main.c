// SPDX-License-Identifier: MIT
// s4-driver-test [--list] [GROUP[/TEST]...]: runs the groups named, else all that need no help.
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

static const struct group *const groups[] = {
	&query_group, &bo_group,   &vm_group,    &bind_group,   &queue_group,
	&submit_group, &run_group, &fault_group, &share_group,  &life_group,
	&inject_group, &reset_group, &lost_group, &unplug_group, &suspend_group,
	&aer_group, &module_group,
};

#define NUM_GROUPS (sizeof(groups) / sizeof(groups[0]))

static int wanted(const struct group *group, const char *test, int argc, char **argv)
{
	if (argc == 0)
		return !group->special;
	for (int i = 0; i < argc; i++) {
		size_t length = strlen(group->name);
		if (strncmp(argv[i], group->name, length))
			continue;
		if (!argv[i][length] || (argv[i][length] == '/' && !strcmp(argv[i] + length + 1, test)))
			return 1;
	}
	return 0;
}

// Output of the child goes through a file, since a reason to skip must stand behind the verdict.
static int run(const struct group *group, const struct test *test)
{
	FILE *out = tmpfile();
	char line[512], last[512] = "";
	int status;

	fflush(stdout);
	pid_t child = fork();
	if (child == 0) {
		dup2(fileno(out), STDOUT_FILENO);
		test->run();
		fflush(stdout);
		_exit(0);
	}
	waitpid(child, &status, 0);
	rewind(out);
	while (fgets(line, sizeof(line), out)) {
		fputs(line, stdout);
		line[strcspn(line, "\n")] = 0;
		strcpy(last, line);
	}
	fclose(out);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
		printf("ok %s/%s\n", group->name, test->name);
	} else if (WIFEXITED(status) && WEXITSTATUS(status) == SKIP_STATUS) {
		printf("ok %s/%s # SKIP%s\n", group->name, test->name, last + 1);
	} else {
		if (WIFSIGNALED(status))
			printf("  killed by signal %d\n", WTERMSIG(status));
		printf("not ok %s/%s\n", group->name, test->name);
		return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	int list = argc > 1 && !strcmp(argv[1], "--list");
	int failed = 0, ran = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	argc--, argv++;
	if (list) {
		for (size_t i = 0; i < NUM_GROUPS; i++)
			printf("%-8s %s%s\n", groups[i]->name, groups[i]->about,
			       groups[i]->special ? " (only when named)" : "");
		return 0;
	}
	for (size_t i = 0; i < NUM_GROUPS; i++) {
		for (const struct test *test = groups[i]->tests; test->name; test++) {
			if (!wanted(groups[i], test->name, argc, argv))
				continue;
			failed += run(groups[i], test);
			ran++;
		}
	}
	if (!ran)
		printf("not ok s4-driver-test: no such test\n");
	return failed || !ran;
}
