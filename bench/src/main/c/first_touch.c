/*
 * first_touch: how fast a process of the host can touch memory, and a place where another one can make it resident.
 *
 *   first_touch MIB
 *
 * It maps private memory twice, once as it comes and once marked for huge pages as QEMU marks a guest's, says
 * "READY ADDRESS BYTES ADDRESS_OF_MARKED", then answers requests:
 *
 *   touch      write one byte of every page                          ns N
 *   memset C   write every byte                                      ns N
 *   discard    give both back to the host, then write one page each  ok
 *   huge       write one byte of every page of the marked memory     ns N
 *   hold MIB   have other memory resident, in huge pages             ok
 *   give       give every second huge page of that to the host       ok
 *   take       have all of it resident again                         ok
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

static const size_t PAGE = 4096, HUGE = 2 << 20;

static long now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000L + t.tv_nsec;
}

static char *map(size_t size)
{
    char *room = mmap(NULL, size + HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED) {
        perror("mmap");
        exit(2);
    }
    return (char *)(((size_t)room + HUGE - 1) / HUGE * HUGE);
}

static char *map_huge(size_t size)
{
    char *memory = map(size);
    madvise(memory, size, MADV_HUGEPAGE);
    return memory;
}

static long touch_ns(char *memory, size_t size)
{
    long start_ns = now_ns();
    for (size_t at = 0; at < size; at += PAGE) {
        ((volatile char *)memory)[at] = 1;
    }
    return now_ns() - start_ns;
}

int main(int argc, char **argv)
{
    size_t size = argc > 1 ? strtoul(argv[1], NULL, 10) << 20 : 0;
    char line[64];
    if (size == 0) {
        fprintf(stderr, "usage: first_touch MIB\n");
        return 2;
    }
    char *memory = map(size), *marked = map_huge(size), *held = NULL;
    size_t held_size = 0;
    /* The page that stays: the kernel collapses nothing in memory that was never written. */
    memory[size - 1] = marked[size - 1] = 1;
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("READY %lx %zu %lx\n", (unsigned long)memory, size, (unsigned long)marked);
    while (fgets(line, sizeof line, stdin)) {
        if (!strncmp(line, "touch", 5)) {
            printf("ns %ld\n", touch_ns(memory, size));
        } else if (!strncmp(line, "memset", 6)) {
            long start_ns = now_ns();
            memset(memory, line[7], size);
            printf("ns %ld\n", now_ns() - start_ns);
        } else if (!strncmp(line, "discard", 7)) {
            madvise(memory, size, MADV_DONTNEED);
            madvise(marked, size, MADV_DONTNEED);
            memory[size - 1] = marked[size - 1] = 1;
            printf("ok\n");
        } else if (!strncmp(line, "huge", 4)) {
            printf("ns %ld\n", touch_ns(marked, size));
        } else if (!strncmp(line, "hold ", 5) && !held) {
            held_size = strtoul(line + 5, NULL, 10) << 20;
            held = map_huge(held_size);
            touch_ns(held, held_size);
            printf("ok\n");
        } else if (!strncmp(line, "give", 4) && held) {
            /* Its neighbour stays, so the kernel cannot join it to a larger block, and hands it out first. */
            for (size_t at = 0; at < held_size; at += 2 * HUGE) {
                madvise(held + at, HUGE, MADV_DONTNEED);
            }
            printf("ok\n");
        } else if (!strncmp(line, "take", 4) && held) {
            touch_ns(held, held_size);
            printf("ok\n");
        } else {
            printf("error\n");
        }
    }
    return 0;
}
