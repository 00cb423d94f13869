/* The floor: what this machine's kernel takes to carry one datagram in and one out.
 *
 * echo PORT: every datagram goes back as it came, marked as an answer (QR). One thread, one call
 * each way: the plainest server there can be.
 */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
    if (argc != 2) {
        fputs("usage: echo PORT\n", stderr);
        return 2;
    }
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in here = {.sin_family = AF_INET,
                               .sin_port = htons((uint16_t)atoi(argv[1])),
                               .sin_addr = {htonl(INADDR_LOOPBACK)}};
    if (fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof here) < 0) {
        perror("echo");
        return 1;
    }
    for (;;) {
        uint8_t data[4096];
        struct sockaddr_storage from;
        socklen_t size = sizeof from;
        ssize_t length = recvfrom(fd, data, sizeof data, 0, (struct sockaddr *)&from, &size);
        if (length < 12)
            continue;
        data[2] |= 0x80;
        sendto(fd, data, (size_t)length, 0, (struct sockaddr *)&from, size);
    }
}
