/* A client that asks as fast as its machine can, and listens to nobody.
 *
 * flood ADDRESS PORT SECONDS NAME: from ADDRESS to 127.0.0.1:PORT, from one socket; "NAME" with a
 * star in front ("*tiktok.com") is asked with another label before it each time. Prints how many.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { BATCH = 64, SIZE = 300, UNIQUE = 8 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    static uint8_t data[BATCH][SIZE];
    static struct iovec parts[BATCH];
    static struct mmsghdr messages[BATCH];
    if (argc != 5)
        return 2;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in here = {.sin_family = AF_INET};
    struct sockaddr_in there = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)atoi(argv[2])),
                                .sin_addr = {htonl(INADDR_LOOPBACK)}};
    inet_pton(AF_INET, argv[1], &here.sin_addr);
    if (bind(fd, (void *)&here, sizeof here) || connect(fd, (void *)&there, sizeof there)) {
        perror("flood");
        return 1;
    }
    int is_unique = argv[4][0] == '*', small = 1;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small); /* replies are dropped there */
    uint8_t question[SIZE] = {0, 0, 1, 0, 0, 1}, *end = question + 12;
    if (is_unique) {
        *end = UNIQUE;
        end += 1 + UNIQUE;
    }
    for (char *label = strtok(argv[4] + is_unique, "."); label; label = strtok(NULL, ".")) {
        size_t length = strlen(label);
        *end++ = (uint8_t)length;
        memcpy(end, label, length);
        end += length;
    }
    memcpy(end, "\0\0\1\0\1", 5);
    size_t length = (size_t)(end + 5 - question);
    for (int i = 0; i < BATCH; i++) {
        memcpy(data[i], question, length);
        parts[i] = (struct iovec){data[i], length};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
    }
    uint64_t sent = 0;
    double over = now() + atof(argv[3]);
    while (now() < over) {
        for (int i = 0; i < BATCH; i++) {
            uint64_t number = sent + (uint64_t)i;
            data[i][0] = (uint8_t)(number >> 8);
            data[i][1] = (uint8_t)number;
            for (int k = UNIQUE; is_unique && k > 0; k--, number >>= 4)
                data[i][12 + k] = (uint8_t)"0123456789abcdef"[number & 15];
        }
        int more = sendmmsg(fd, messages, BATCH, 0);
        sent += more > 0 ? (uint64_t)more : 0;
    }
    printf("%llu\n", (unsigned long long)sent);
    return 0;
}
