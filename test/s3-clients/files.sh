# What every client carries: files that are empty, small, large enough for parts, and of odd names.
mkdir -p files/sub
: > files/empty
echo small > files/small.txt
head -c 11000000 /dev/urandom > files/large
echo odd > 'files/sub/ü name+plus & more.txt'
