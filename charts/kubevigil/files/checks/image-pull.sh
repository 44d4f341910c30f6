# That it runs is all: its image was pulled just before.
echo "$WHERE: pulled"
