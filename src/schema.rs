//! The tables for diesel, each with the module that writes it. `migrations/` defines them.

diesel::table! {
    /// Accounts and profiles. Written by `accounts`; `avatar` by `avatars`.
    users (id) {
        id -> BigInt,
        username -> Text,
        username_key -> Text,
        username_look -> Text,
        password_hash -> Text,
        created_at -> BigInt,
        display_name -> Text,
        about -> Text,
        time_zone -> Text,
        is_admin -> Bool,
        username_letters -> Text,
        display_name_letters -> Text,
        theme -> Text,
        density -> Text,
        clock -> Text,
        avatar -> Nullable<BigInt>,
        role -> Text,
        suspended_until -> BigInt,
        access_ends -> Nullable<BigInt>,
        invited_by -> Nullable<BigInt>,
        deleted_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    /// Settings that differ from their defaults. Written by `settings`.
    settings (key) {
        key -> Text,
        value -> Text,
    }
}

diesel::table! {
    /// Actions of admins and moderators. Rows are never changed. Written by `audit`.
    audit_log (id) {
        id -> BigInt,
        at -> BigInt,
        actor_id -> Nullable<BigInt>,
        actor -> Text,
        action -> Text,
        user_id -> Nullable<BigInt>,
        room_id -> Nullable<BigInt>,
        target -> Text,
        details -> Text,
    }
}

diesel::table! {
    /// Reports of messages, with the text as it was reported. Written by `moderation`.
    reports (id) {
        id -> BigInt,
        room_id -> BigInt,
        message_id -> BigInt,
        author_id -> BigInt,
        reporter_id -> BigInt,
        reason -> Text,
        details -> Text,
        body -> Text,
        written_at -> BigInt,
        reported_at -> BigInt,
        resolved_at -> Nullable<BigInt>,
        resolved_by -> Nullable<BigInt>,
        outcome -> Text,
        is_deleted -> Bool,
    }
}

diesel::table! {
    /// Notices of moderators for users, until they are dismissed. Written by `moderation`.
    notices (id) {
        id -> BigInt,
        user_id -> BigInt,
        text -> Text,
        excerpt -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    /// Users whom a user has blocked. Written by `people`.
    blocks (id) {
        id -> BigInt,
        blocker_id -> BigInt,
        blocked_id -> BigInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    /// Log-ins, one for each device. Written by `accounts`.
    sessions (id) {
        id -> BigInt,
        token_hash -> Binary,
        user_id -> BigInt,
        created_at -> BigInt,
        seen_at -> BigInt,
        user_agent -> Text,
        address -> Text,
        confirmed_at -> BigInt,
    }
}

diesel::table! {
    /// Mails to send, and those of the last month. Written by `mail`.
    mails (id) {
        id -> BigInt,
        message_id -> Text,
        recipient -> Text,
        user_id -> Nullable<BigInt>,
        letter -> Text,
        state -> Text,
        error -> Text,
        created_at -> BigInt,
        ended_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    /// Confirmed e-mail addresses. Written by `accounts`.
    email_addresses (user_id) {
        user_id -> BigInt,
        address -> Text,
        key -> Text,
    }
}

diesel::table! {
    /// E-mail addresses that wait for confirmation. Written by `accounts`.
    email_confirmations (user_id) {
        user_id -> BigInt,
        address -> Text,
        token_hash -> Nullable<Binary>,
        expires_at -> BigInt,
    }
}

diesel::table! {
    /// Links to choose a new password. Written by `accounts`.
    password_resets (id) {
        id -> BigInt,
        token_hash -> Binary,
        user_id -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    /// Browsers that have logged in before. Written by `accounts`.
    devices (id) {
        id -> BigInt,
        token_hash -> Binary,
        user_id -> BigInt,
        seen_at -> BigInt,
    }
}

diesel::table! {
    /// Secrets of one-time passwords, at most one for each user. Written by `accounts`.
    second_factors (user_id) {
        user_id -> BigInt,
        secret -> Binary,
        created_at -> BigInt,
        confirmed_at -> Nullable<BigInt>,
        last_step -> BigInt,
    }
}

diesel::table! {
    /// Unused recovery codes. Written by `accounts`.
    recovery_codes (id) {
        id -> BigInt,
        user_id -> BigInt,
        code_hash -> Binary,
    }
}

diesel::table! {
    /// Log-ins that wait for their second factor. Written by `accounts`.
    pending_log_ins (id) {
        id -> BigInt,
        token_hash -> Binary,
        user_id -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    /// Passkeys. Written by `accounts`.
    passkeys (id) {
        id -> BigInt,
        user_id -> BigInt,
        credential_id -> Binary,
        host -> Text,
        algorithm -> Integer,
        public_key -> Binary,
        uses -> BigInt,
        name -> Text,
        created_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    /// Challenges for passkeys that were not answered yet. Written by `accounts`.
    passkey_challenges (id) {
        id -> BigInt,
        challenge_hash -> Binary,
        bound_to -> Binary,
        expires_at -> BigInt,
    }
}

diesel::table! {
    /// Usernames that users gave up. Written by `accounts`.
    former_names (id) {
        id -> BigInt,
        user_id -> BigInt,
        username -> Text,
        username_key -> Text,
        username_look -> Text,
        username_letters -> Text,
        reserved_until -> BigInt,
    }
}

diesel::table! {
    /// Rooms and direct conversations. Written by `rooms`; `rev` also by `messages`, with every change of a message;
    /// `avatar` by `avatars`.
    rooms (id) {
        id -> BigInt,
        name -> Text,
        is_default -> Bool,
        rev -> BigInt,
        created_at -> BigInt,
        kind -> Integer,
        topic -> Text,
        name_key -> Nullable<Text>,
        people_key -> Nullable<Text>,
        archived_at -> Nullable<BigInt>,
        deleted_at -> Nullable<BigInt>,
        avatar -> Nullable<BigInt>,
        emoji -> Text,
        announcements -> Bool,
        slow_mode -> Integer,
        retention_days -> BigInt,
    }
}

diesel::table! {
    /// Members of rooms with their roles, read positions and preferences. Written by `rooms`; read positions and
    /// preferences by `reading`.
    members (room_id, user_id) {
        room_id -> BigInt,
        user_id -> BigInt,
        joined_at -> BigInt,
        role -> Integer,
        read_id -> BigInt,
        notify -> Integer,
        is_hidden -> Bool,
        is_favourite -> Bool,
        origin -> Integer,
        timed_out_until -> BigInt,
        posted_at -> BigInt,
    }
}

diesel::table! {
    /// Users who may not be members of a room. Written by `rooms`.
    room_bans (room_id, user_id) {
        room_id -> BigInt,
        user_id -> BigInt,
        banned_by -> BigInt,
        banned_at -> BigInt,
    }
}

diesel::table! {
    /// Users who were asked to join a closed room. Written by `rooms`.
    invitations (room_id, user_id) {
        room_id -> BigInt,
        user_id -> BigInt,
        invited_by -> BigInt,
        invited_at -> BigInt,
        declined_at -> Nullable<BigInt>,
        is_listed -> Bool,
    }
}

diesel::table! {
    /// Links that let people create an account or join rooms. Written by `invites`.
    invite_links (id) {
        id -> BigInt,
        token_hash -> Binary,
        created_by -> BigInt,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        max_uses -> Nullable<BigInt>,
        uses -> BigInt,
        note -> Text,
        guest_until -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    /// Tokens of invite links that were mailed. Written by `invites`.
    mailed_invite_tokens (token_hash) {
        token_hash -> Binary,
        link_id -> BigInt,
    }
}

diesel::table! {
    /// Rooms that people join through an invite link. Written by `invites`.
    invite_link_rooms (link_id, room_id) {
        link_id -> BigInt,
        room_id -> BigInt,
    }
}

diesel::table! {
    /// Users who came through an invite link. Written by `invites`.
    invite_uses (link_id, user_id) {
        link_id -> BigInt,
        user_id -> BigInt,
        used_at -> BigInt,
        new_account -> Bool,
    }
}

diesel::table! {
    /// Messages and the roots of threads. Written by `messages`; rows of deleted rooms are removed by `rooms`.
    messages (id) {
        id -> BigInt,
        room_id -> BigInt,
        author_id -> BigInt,
        client_id -> Text,
        body -> Text,
        place -> Integer,
        created_rev -> BigInt,
        rev -> BigInt,
        created_at -> BigInt,
        edited_at -> Nullable<BigInt>,
        deleted_at -> Nullable<BigInt>,
        html -> Text,
        html_version -> Integer,
        reply_to -> Nullable<BigInt>,
        thread_id -> Nullable<BigInt>,
        answers -> BigInt,
        last_answer -> Nullable<BigInt>,
        calls -> Integer,
        pinned_at -> Nullable<BigInt>,
        pinned_by -> Nullable<BigInt>,
        seen -> Nullable<Text>,
        files -> Integer,
        previews -> Integer,
        expired -> Bool,
    }
}

diesel::table! {
    /// Uploads and the files of messages. Written by `files`.
    files (id) {
        id -> BigInt,
        token -> Text,
        user_id -> BigInt,
        message_id -> Nullable<BigInt>,
        place -> Integer,
        name -> Text,
        length -> BigInt,
        size -> BigInt,
        media_type -> Text,
        hash -> Nullable<Text>,
        width -> Nullable<Integer>,
        height -> Nullable<Integer>,
        placeholder -> Nullable<Text>,
        is_animated -> Bool,
        copies -> Integer,
        alt -> Text,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        copies_size -> BigInt,
        metadata -> Text,
        unchecked_from -> Nullable<BigInt>,
        duration -> Nullable<Integer>,
        is_voice -> Bool,
        waveform -> Nullable<Text>,
        poster_hash -> Nullable<Text>,
        poster_width -> Nullable<Integer>,
        poster_height -> Nullable<Integer>,
        preview -> Nullable<Text>,
        room_id -> Nullable<BigInt>,
        kind -> Integer,
        keeps_metadata -> Bool,
    }
}

diesel::table! {
    /// Pictures of users and of rooms. Written by `avatars`.
    avatars (id) {
        id -> BigInt,
        user_id -> Nullable<BigInt>,
        room_id -> Nullable<BigInt>,
        hash -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    /// Emoji that admins have added. Written by `emoji`.
    emoji (id) {
        id -> BigInt,
        name -> Text,
        token -> Text,
        hash -> Text,
        size -> BigInt,
        is_animated -> Bool,
        added_by -> Nullable<BigInt>,
        created_at -> BigInt,
    }
}

diesel::table! {
    /// Titles, descriptions and pictures of linked pages. Written by `link_previews`.
    link_previews (id) {
        id -> BigInt,
        url -> Text,
        fetched_at -> BigInt,
        is_found -> Bool,
        title -> Text,
        description -> Text,
        site -> Text,
        picture -> Nullable<Text>,
        width -> Integer,
        height -> Integer,
        room_id -> Nullable<BigInt>,
        quoted_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    /// Link previews of messages. Written by `link_previews`.
    message_previews (message_id, place) {
        message_id -> BigInt,
        place -> Integer,
        preview_id -> BigInt,
        is_removed -> Bool,
    }
}

diesel::table! {
    /// Earlier texts of messages. Written by `messages`.
    edits (message_id, rev) {
        message_id -> BigInt,
        rev -> BigInt,
        body -> Text,
        written_at -> BigInt,
    }
}

diesel::table! {
    /// Emoji under messages. Written by `messages`.
    reactions (message_id, emoji, user_id) {
        message_id -> BigInt,
        emoji -> Text,
        user_id -> BigInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    /// Threads that users follow, with their read positions. Written by `notifications` and `threads`.
    follows (user_id, room_id, thread_id) {
        user_id -> BigInt,
        room_id -> BigInt,
        thread_id -> BigInt,
        following -> Bool,
        read_id -> BigInt,
    }
}

diesel::table! {
    /// Messages that users have saved. Written by `messages`.
    saved (user_id, message_id) {
        user_id -> BigInt,
        message_id -> BigInt,
        saved_at -> BigInt,
    }
}

diesel::table! {
    /// Users that a message mentions. Written by `notifications`.
    mentions (user_id, room_id, message_id) {
        user_id -> BigInt,
        room_id -> BigInt,
        message_id -> BigInt,
        is_late -> Bool,
    }
}

diesel::table! {
    /// Messages whose time is earlier than that of the message before. Written by `messages`.
    clock_steps (message_id) {
        message_id -> BigInt,
    }
}

diesel::table! {
    /// Bytes of text that users wrote on a day, stored in steps. Written by `db::text_quota`.
    written_text (user_id) {
        user_id -> BigInt,
        day -> BigInt,
        bytes -> BigInt,
    }
}

diesel::table! {
    /// Progress marks of background work. Written by `db::fts` (`words`) and `messages` (`html` and a version).
    upkeep (name) {
        name -> Text,
        done -> BigInt,
    }
}

diesel::table! {
    /// Durable background work. Written by `jobs`.
    jobs (id) {
        id -> BigInt,
        kind -> Text,
        payload -> Text,
        run_at -> BigInt,
        attempts -> Integer,
        last_error -> Nullable<Text>,
    }
}

diesel::table! {
    /// One row that the health check updates. Written by `db`.
    pulse (id) {
        id -> BigInt,
        at -> BigInt,
    }
}

diesel::joinable!(messages -> users (author_id));
diesel::joinable!(files -> messages (message_id));
diesel::joinable!(emoji -> users (added_by));
diesel::joinable!(message_previews -> link_previews (preview_id));
diesel::joinable!(mentions -> users (user_id));
diesel::joinable!(password_resets -> users (user_id));
diesel::joinable!(email_addresses -> users (user_id));
diesel::joinable!(edits -> messages (message_id));
diesel::joinable!(reactions -> users (user_id));
diesel::joinable!(follows -> messages (thread_id));
diesel::joinable!(saved -> messages (message_id));
diesel::joinable!(members -> rooms (room_id));
diesel::joinable!(members -> users (user_id));
diesel::joinable!(invitations -> rooms (room_id));
diesel::joinable!(room_bans -> users (user_id));
diesel::joinable!(sessions -> users (user_id));
diesel::joinable!(devices -> users (user_id));
diesel::joinable!(invite_links -> users (created_by));
diesel::joinable!(invite_uses -> users (user_id));
diesel::joinable!(second_factors -> users (user_id));
diesel::joinable!(recovery_codes -> users (user_id));
diesel::joinable!(former_names -> users (user_id));
diesel::joinable!(pending_log_ins -> users (user_id));
diesel::allow_tables_to_appear_in_same_query!(
    users,
    audit_log,
    reports,
    notices,
    blocks,
    sessions,
    devices,
    second_factors,
    recovery_codes,
    pending_log_ins,
    former_names,
    password_resets,
    email_addresses,
    rooms,
    members,
    invitations,
    room_bans,
    messages,
    mentions,
    edits,
    reactions,
    follows,
    saved,
    files,
    avatars,
    emoji,
    link_previews,
    message_previews,
    invite_links,
    invite_link_rooms,
    mailed_invite_tokens,
    invite_uses
);
