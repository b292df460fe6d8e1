"""ROS bags: their files, types, pictures, clocks, and what their topics tell of the car's motion."""
